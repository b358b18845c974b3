/**
 * Version of the Livepeer protocol that the engine speaks and advertises in its capabilities: gateways that ask for a minimum
 * version compare against it, and a provider without a real version is refused as soon as one is set (go-livepeer
 * `core/capabilities.go`).
 */
export const PROTOCOL_VERSION = '0.9.1';

/** The core numbers of a semantic version, or undefined when the text is not one. Pre-release and build parts are dropped. */
export function parseVersion(text: string): readonly [major: number, minor: number, patch: number] | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : undefined;
}

/**
 * Whether `actual` is at least `minimum`, by the reference's rules: no minimum or an unparsable one passes; an actual version
 * that is empty, `undefined` or unparsable fails (go-livepeer `core/capabilities.go`).
 */
export function versionAtLeast(minimum: string, actual: string): boolean {
  if (minimum === '') return true;
  if (actual === '' || actual === 'undefined') return false;
  const wanted = parseVersion(minimum);
  if (!wanted) return true;
  const found = parseVersion(actual);
  if (!found) return false;
  for (const [index, number] of wanted.entries()) {
    const difference = (found[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
