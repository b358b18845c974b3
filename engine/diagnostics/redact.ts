/** What a {@link Redactor} knows of this machine. */
export interface RedactorParameters {
  /** Values that must never be shown: secrets, tokens, keys. Those shorter than four characters are left to the names. */
  readonly secrets: readonly string[];
  /** The person's home folder; shown as `~`. */
  readonly home: string;
  /** The person's name on this machine; shown as `[user]` where it stands as a word of its own in a path. */
  readonly user: string;
}

const SECRET_NAME = /(secret|token|password|passphrase|private|mnemonic|authorization|apikey|api_key|credential|seed)/i;

/** Texts that are secrets by their form, whatever they stand in. */
const FORMS: readonly RegExp[] = [
  // Invites and pairing links carry secrets or one-time codes.
  /siphon:\/\/[^\s"'<>]+/gi,
  // Bearer headers, and the fragment that opens the page.
  /\bBearer\s+[\w.~+/=-]+/gi,
  /#token=[\w.~+/=%-]+/gi,
  // User and password in an address.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi,
  // Private keys: PEM blocks, and 32 bytes in hex (transaction hashes look alike; they can be found again on chain).
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /\b(?:0x)?[0-9a-f]{64}\b/gi,
];

/** What names a machine or an account in public: shown in part or not at all. Loopback names nobody. */
const NAMES: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(?!127\.|0\.0\.0\.0\b)(?:\d{1,3}\.){3}\d{1,3}\b/g, '[ip]'],
  // IPv6 and hardware addresses: four groups or more, so that times of day stay.
  [
    /(?<![\w:.])(?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}(?![\w:])|(?<![\w:.])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])/gi,
    '[ip]',
  ],
  [/\b(0x[0-9a-f]{6})[0-9a-f]{34}\b/gi, '$1…'],
];

const MARK = '[removed]';

/** Takes secrets, and what names the person, out of texts; counts what it took. */
export class Redactor {
  readonly #values: readonly RegExp[];
  readonly #home: RegExp | undefined;
  readonly #user: RegExp | undefined;
  /** How many places were changed so far. */
  count = 0;

  constructor({ secrets, home, user }: RedactorParameters) {
    const known = [...new Set(secrets)].filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
    this.#values = known.map((value) => new RegExp(escaped(value), 'g'));
    this.#home = home.length > 1 ? new RegExp(`${escaped(home)}(?![\\w-])`, 'g') : undefined;
    this.#user = user.length > 1 && user !== 'root' ? new RegExp(`(?<=[/\\\\])${escaped(user)}(?=[/\\\\]|$)`, 'gm') : undefined;
  }

  /** A text without them. */
  text(text: string): string {
    let result = text;
    for (const pattern of [...this.#values, ...FORMS]) result = this.#replace(result, pattern, MARK);
    for (const [pattern, by] of NAMES) result = this.#replace(result, pattern, by);
    if (this.#home) result = this.#replace(result, this.#home, '~');
    if (this.#user) result = this.#replace(result, this.#user, '[user]');
    return result;
  }

  /** A JSON value without them: whatever a name calls a secret is removed whole. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((entry) => this.value(entry));
    if (typeof value === 'bigint') return String(value);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => {
        const hides = SECRET_NAME.test(name) && entry !== null && (typeof entry === 'string' || typeof entry === 'object');
        if (!hides) return [name, this.value(entry)];
        this.count += 1;
        return [name, MARK];
      }),
    );
  }

  #replace(text: string, pattern: RegExp, by: string): string {
    this.count += text.match(pattern)?.length ?? 0;
    return text.replace(pattern, by);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
