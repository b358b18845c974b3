/** What a pairing text says. */
export interface PairingText {
  /** What the rig calls itself. */
  readonly name: string;
  /** `host:port`, at least one, likeliest first. */
  readonly addresses: readonly string[];
  /** SHA-256 of its TLS public key, base64url. */
  readonly pin: string;
  /** One-time code. */
  readonly code: string;
}

const PREFIX = 'siphon://pair?';
const MOST_ADDRESSES = 8;
const PIN = /^[\w-]{43}$/;
const CODE = /^[\w-]{22,64}$/;

/** Alphabet of typed codes (Crockford's base 32): no I, L, O and U. */
export const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Writes a pairing text: `siphon://pair?v=1&n=…&h=…&p=…&c=…`. */
export function formatPairingText({ name, addresses, pin, code }: PairingText): string {
  const parts = [
    'v=1',
    `n=${encodeURIComponent(name)}`,
    ...addresses.slice(0, MOST_ADDRESSES).map((address) => `h=${encodeURIComponent(address)}`),
    `p=${pin}`,
    `c=${code}`,
  ];
  return PREFIX + parts.join('&');
}

/** Reads a pairing text out of what was pasted, with spaces and line breaks around and inside it; undefined when it is none. */
export function parsePairingText(pasted: string): PairingText | undefined {
  const text = pasted.replace(/\s+/g, '');
  // Systems that open links may put a slash before the question mark.
  const said = /^siphon:\/\/pair\/?\?(.+)$/i.exec(text)?.[1];
  if (said === undefined) return undefined;
  const fields = said.split('&').map((part) => part.split('=', 2));
  const all = (name: string): string[] => fields.flatMap(([key, value]) => (key === name ? (decode(value) ?? []) : []));
  const [version] = all('v');
  const [name = ''] = all('n');
  const [pin = ''] = all('p');
  const [code = ''] = all('c');
  const addresses = all('h')
    .flatMap((text) => parseAddress(text) ?? [])
    .slice(0, MOST_ADDRESSES);
  if (version !== '1' || addresses.length === 0 || !PIN.test(pin) || !CODE.test(code)) return undefined;
  return { name: name.slice(0, 60), addresses, pin, code };
}

function decode(value: string | undefined): string | undefined {
  try {
    return decodeURIComponent(value ?? '');
  } catch {
    return undefined;
  }
}

/** `host:port` of what was written: a name, an IPv4 or `[IPv6]` address, with or without port; undefined when it is none. */
export function parseAddress(written: string, defaultPort = 0): string | undefined {
  const text = written
    .trim()
    .replace(/^(https?|wss?):\/\//i, '')
    .replace(/\/.*$/, '');
  // More than one colon and no brackets: an IPv6 address without port.
  const bare = text.split(':').length > 2 && !text.startsWith('[');
  const match = /^(\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(bare ? `[${text}]` : text);
  const host = match?.[1];
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (host === undefined || host.length > 253 || port < 1 || port > 65535) return undefined;
  return `${host.toLowerCase()}:${port}`;
}

/** A typed code without what people add or mistake: `abcd-efgh` → `ABCDEFGH`; O is 0, I and L are 1. */
export function normaliseCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}
