/** Milliseconds of the first wait before a restart, and of the longest. */
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Wait before restart number `attempt` (from 1), milliseconds: doubles up to 30 s; `random` (0–1) spreads it by ± 25 %. */
export function restartDelayMs(attempt: number, random: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(base * (0.75 + 0.5 * random));
}
