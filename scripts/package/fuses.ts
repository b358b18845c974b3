/** Marks the place of the fuses in Electron's program (electron/docs/tutorial/fuses.md). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** Fuses in their order on the wire, by the names that electron-builder has for them, with what Siphon wants. */
const FUSES = [
  ['runAsNode', false],
  ['enableCookieEncryption', true],
  ['enableNodeOptionsEnvironmentVariable', false],
  ['enableNodeCliInspectArguments', false],
  // Checked by Electron on Windows and macOS; without effect on Linux.
  ['enableEmbeddedAsarIntegrityValidation', true],
  ['onlyLoadAppFromAsar', true],
  ['loadBrowserProcessSpecificV8Snapshot', false],
  ['grantFileProtocolExtraPrivileges', false],
] as const;

/** A fuse as electron-builder names it. */
export type FuseName = (typeof FUSES)[number][0];

/** The fuses of an Electron program, as far as it has them. Throws when it has none that can be read. */
export function readFuses(program: Buffer): ReadonlyMap<FuseName, boolean> {
  const at = program.indexOf(SENTINEL);
  if (at < 0 || program.indexOf(SENTINEL, at + 1) >= 0) throw new Error('the program has no fuses, or more than one set');
  const [version, length] = [program[at + SENTINEL.length], program[at + SENTINEL.length + 1] ?? 0];
  if (version !== 1) throw new Error(`the program's fuses have version ${version}, which is not known`);
  const states = program.subarray(at + SENTINEL.length + 2, at + SENTINEL.length + 2 + length).toString('latin1');
  const found = new Map<FuseName, boolean>();
  for (const [index, [name]] of FUSES.entries()) {
    const state = states[index];
    if (state === '0' || state === '1') found.set(name, state === '1');
  }
  return found;
}

/** What Siphon wants of the fuses that this Electron program has. */
export function wantedFuses(program: Buffer): Partial<Record<FuseName, boolean>> {
  const has = readFuses(program);
  return Object.fromEntries(FUSES.filter(([name]) => has.has(name)));
}

/** Reads the fuses of a packaged program back. Throws with those that are not as wanted. */
export function checkFuses(program: Buffer): void {
  const found = readFuses(program);
  const wrong = FUSES.filter(([name, wanted]) => found.has(name) && found.get(name) !== wanted).map(([name]) => name);
  if (wrong.length > 0) throw new Error(`fuses are not as they should be: ${wrong.join(', ')}`);
}
