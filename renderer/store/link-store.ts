import { createStore } from 'zustand/vanilla';

/** The invite that the join page is to show: opened as a link, or chosen from a directory. `opened` counts, so that the same one opened again is news. */
export const linkStore = createStore<{ readonly text: string; readonly opened: number }>(() => ({ text: '', opened: 0 }));

/** Has the join page show an invite. */
export function openInvite(text: string): void {
  linkStore.setState(({ opened }) => ({ text, opened: opened + 1 }));
}
