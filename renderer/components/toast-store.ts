import { createStore } from 'zustand/vanilla';

/** What a toast offers: taking back what it tells about, say. */
export interface ToastAction {
  readonly label: string;
  run(): void;
}

/** A short message that comes by itself. */
export interface ToastMessage {
  readonly text: string;
  /** `problem` stays until it is closed. */
  readonly tone: 'done' | 'problem';
  readonly action?: ToastAction;
  /** A newer message with the same key takes this one's place. */
  readonly key?: string;
  /** Language of `text` when it is not the page's: the engine's own words are English. */
  readonly lang?: string;
}

/** A message that is shown. */
export interface Toast extends ToastMessage {
  readonly id: number;
}

/** Most messages at once; the oldest one goes. */
export const MOST_TOASTS = 4;

/** The messages that are shown, oldest first. */
export const toastStore = createStore<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

let lastId = 0;

/** Shows a message; returns its id. Said to screen readers without taking the focus. */
export function showToast(message: ToastMessage): number {
  lastId += 1;
  const toast = { ...message, id: lastId };
  toastStore.setState(({ toasts }) => ({
    toasts: [...toasts.filter(({ key }) => key === undefined || key !== message.key), toast].slice(-MOST_TOASTS),
  }));
  return toast.id;
}

/** Takes a message away. */
export function dismissToast(id: number): void {
  toastStore.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

/** Runs a message's action and takes the message away. */
export function actOnToast(id: number): void {
  const toast = toastStore.getState().toasts.find((each) => each.id === id);
  dismissToast(id);
  toast?.action?.run();
}

/** Milliseconds that a message stays; undefined = until it is closed. What can be acted on stays longer. */
export function staysForMs({ tone, action }: ToastMessage): number | undefined {
  if (tone === 'problem') return undefined;
  return action ? 12_000 : 6_000;
}
