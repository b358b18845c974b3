import { createStore } from 'zustand/vanilla';

/** The pairing text of a `siphon://pair?…` link that was opened; the fleet page takes it into its form, where a person decides. */
export const pairingStore = createStore<{ readonly text: string | null }>(() => ({ text: null }));

/** Hands a link to the fleet page. */
export function openPairing(text: string): void {
  pairingStore.setState({ text });
}

/** The link was taken. */
export function takePairing(): void {
  pairingStore.setState({ text: null });
}
