import type { DesktopState } from '../engine/api/desktop.ts';
import type { StateStore } from './desktop-context.ts';
import { Listeners } from './listeners.ts';

/** Holds what the page may know of the shell. */
export function createStateStore(initial: DesktopState): StateStore {
  let current = initial;
  const listeners = new Listeners<DesktopState>();
  return {
    get current() {
      return current;
    },
    change(patch) {
      const next = { ...current, ...patch };
      if (JSON.stringify(next) === JSON.stringify(current)) return;
      current = next;
      listeners.tell(current);
    },
    onChange: (listener) => listeners.add(listener),
  };
}
