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
    return text.replace(pattern, () => {
      this.count += 1;
      return by;
    });
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
