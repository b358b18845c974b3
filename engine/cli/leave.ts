/** Milliseconds that what was left behind gets to end by itself. */
const GRACE_MS = 1_000;

/**
 * Ends the process soon although something may still keep it: everything of the engine is released by now, but a library may hold a
 * timer that nobody can clear (tRPC's wait before it connects again is one).
 */
export function leaveSoon(): void {
  setTimeout(() => process.exit(), GRACE_MS).unref();
}
