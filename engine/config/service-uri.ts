/**
 * Puts an orchestrator's service URI in one form, `https://host:port` without a path. As in the reference, a missing
 * scheme means https (go-livepeer `cmd/livepeer/starter/starter.go`, parseOrchAddrs). Returns undefined for anything that
 * is not an address of an orchestrator: another scheme, a user name, a path, a query.
 */
export function normaliseServiceUri(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || /\s/.test(trimmed)) return undefined;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || url.hostname === '' || url.pathname !== '/') return undefined;
  return `https://${url.host}`;
}
