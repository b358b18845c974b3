/**
 * The environment for children of this room: the engine's own without `SIPHON_…`, which may hold secrets and is nobody's
 * business but the engine's. Additions win.
 */
export function childEnvironment(additions: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].toUpperCase().startsWith('SIPHON_'),
  );
  return { ...Object.fromEntries(kept), ...additions };
}
