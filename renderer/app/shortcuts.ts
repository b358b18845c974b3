import type { PageName } from './route.ts';

/** What a shortcut does. */
export type ShortcutAction =
  | { readonly kind: 'palette' | 'help' | 'settings' | 'search' | 'messages' }
  | { readonly kind: 'page'; readonly page: PageName };

/** One press of a key, as far as shortcuts care. */
export interface KeyPress {
  /** As the browser names it: `k`, `?`, `F8`. */
  readonly key: string;
  /** Ctrl, or ⌘ on a Mac. */
  readonly command: boolean;
  readonly alt: boolean;
  /** The focus is where text is typed. */
  readonly typing: boolean;
}

/** Letter that, after G, leads to a page; a page that is not named here is reached by the palette. */
export const PAGE_KEYS: Readonly<Partial<Record<string, string>>> = {
  home: 'h',
  sessions: 'e',
  orchestrator: 'o',
  hardware: 'g',
  gpus: 'g',
  fleet: 'f',
  history: 'i',
  logs: 'l',
  settings: 's',
  about: 'a',
};

/** How long after G the letter may come, milliseconds. */
const CHORD_MS = 1_500;

/**
 * Follows key presses and tells what each one does. Keys without Ctrl or ⌘ do nothing while text is typed, nor when they are
 * switched off (WCAG 2.1.4).
 */
export class Shortcuts {
  #chordUntilMs = 0;

  press(press: KeyPress, nowMs: number, pages: readonly PageName[], singleKeys: boolean): ShortcutAction | null {
    const { key, command, alt, typing } = press;
    const inChord = nowMs < this.#chordUntilMs;
    this.#chordUntilMs = 0;
    if (alt) return null;
    if (command) {
      if (key.toLowerCase() === 'k') return { kind: 'palette' };
      if (key === '/') return { kind: 'help' };
      return key === ',' ? { kind: 'settings' } : null;
    }
    if (key === 'F8') return { kind: 'messages' };
    if (typing || !singleKeys) return null;
    if (inChord) {
      const page = pages.find((name) => PAGE_KEYS[name] === key.toLowerCase());
      return page ? { kind: 'page', page } : null;
    }
    if (key.toLowerCase() === 'g') this.#chordUntilMs = nowMs + CHORD_MS;
    if (key === '?') return { kind: 'help' };
    return key === '/' ? { kind: 'search' } : null;
  }
}

/** Whether a key pressed on this element is text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}
