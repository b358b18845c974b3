/** Milliseconds after the start at which the tray is looked for: at log-in the panel often comes after Siphon. */
const FIRST_LOOKS_MS = [0, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000];

/** Afterwards it is looked for this often, milliseconds: an extension can be switched on or off, a panel can crash. */
const LATER_LOOKS_MS = 300_000;

/** Looks again and again whether there is a tray, and tells when that changed (the first time always). Dispose to stop. */
export function watchTray(look: () => Promise<boolean>, changed: (present: boolean) => void): Disposable {
  let known: boolean | undefined;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let turn = 0;
  const next = async (): Promise<void> => {
    const present = await look().catch(() => false);
    if (over) return;
    if (present !== known) {
      known = present;
      changed(present);
    }
    turn += 1;
    const [before = 0, at] = [FIRST_LOOKS_MS[turn - 1], FIRST_LOOKS_MS[turn]];
    timer = setTimeout(next, at === undefined ? LATER_LOOKS_MS : at - before);
  };
  void next();
  return {
    [Symbol.dispose]: () => {
      over = true;
      clearTimeout(timer);
    },
  };
}
