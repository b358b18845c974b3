import { createStore } from 'zustand/vanilla';

const STORAGE_KEY = 'siphon.single-keys';

/** Whether keys without Ctrl or ⌘ are shortcuts; kept in this browser. */
export const singleKeysStore = createStore<{ readonly on: boolean }>(() => ({ on: stored() }));

/** Switches the shortcuts of single keys on or off, and remembers it. */
export function setSingleKeys(on: boolean): void {
  singleKeysStore.setState({ on });
  try {
    localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function stored(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off';
  } catch {
    return true;
  }
}
