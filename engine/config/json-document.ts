/** Where something stands in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a JSON text, and where. */
export class JsonSyntaxError extends Error {
  readonly position: Position;

  constructor(message: string, position: Position) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.position = position;
  }
}

/** A parsed JSON text that still knows where each value stood. */
export interface JsonDocument {
  readonly value: unknown;
  /** Position of the key (or array item) at `path`, or of the nearest parent that exists. */
  positionOf(path: readonly PropertyKey[]): Position;
}

const MAX_DEPTH = 64;
const pathKey = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String));

/**
 * Parses strict JSON (RFC 8259; a byte order mark, as Notepad writes, is allowed) and remembers positions. Messages never
 * quote values, so that it can read files with secrets.
 * @throws JsonSyntaxError at the first mistake, including a name that stands twice in one object
 */
export function parseJsonDocument(text: string): JsonDocument {
  const parser = new Parser(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const value = parser.document();
  return {
    value,
    positionOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = parser.offsets.get(pathKey(path.slice(0, length)));
        if (offset !== undefined) return parser.positionAt(offset);
      }
      return { line: 1, column: 1 };
    },
  };
}

class Parser {
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value([]);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('there is something after the end of the JSON value');
    return value;
  }

  positionAt(offset: number): Position {
    const before = this.#text.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    return { line: before.split('\n').length, column: offset - lineStart + 1 };
  }

  #fail(message: string, offset = this.#at): never {
    throw new JsonSyntaxError(message, this.positionAt(Math.min(offset, this.#text.length)));
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
    if (this.#text.startsWith('//', this.#at) || this.#text.startsWith('/*', this.#at))
      this.#fail('comments are not allowed in JSON');
  }

  #value(path: readonly PropertyKey[]): unknown {
    if (path.length > MAX_DEPTH) this.#fail('too deeply nested');
    this.#space();
    const next = this.#text[this.#at];
    if (next === undefined) this.#fail('the file ends too early: a value is missing');
    if (next === '{') return this.#object(path);
    if (next === '[') return this.#array(path);
    if (next === '"') return this.#string();
    if (next === "'") this.#fail('text must stand in double quotes (")');
    const word = /[^\s,:{}[\]"']+/y;
    word.lastIndex = this.#at;
    const literal = word.exec(this.#text)?.[0];
    if (literal === undefined) this.#fail('a value is missing here');
    const start = this.#at;
    this.#at += literal.length;
    if (literal === 'true') return true;
    if (literal === 'false') return false;
    if (literal === 'null') return null;
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(literal)) return Number(literal);
    return this.#fail('this is neither a number, true, false nor null; text must stand in double quotes (")', start);
  }

  #object(path: readonly PropertyKey[]): Record<string, unknown> {
    // No prototype: a key such as "__proto__" stays plain data.
    const result: Record<string, unknown> = Object.create(null);
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at += 1;
      return result;
    }
    while (true) {
      this.#space();
      const keyAt = this.#at;
      if (this.#text[keyAt] === '}') this.#fail('there is a comma too many before "}"');
      if (this.#text[keyAt] !== '"') this.#fail('a name in double quotes (") is expected here');
      const key = this.#string();
      if (Object.hasOwn(result, key)) this.#fail(`"${key}" stands here for the second time`, keyAt);
      const inner = [...path, key];
      this.offsets.set(pathKey(inner), keyAt);
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail(`":" is missing after "${key}"`);
      this.#at += 1;
      result[key] = this.#value(inner);
      if (this.#more('}')) continue;
      return result;
    }
  }

  #array(path: readonly PropertyKey[]): unknown[] {
    const result: unknown[] = [];
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return result;
    }
    while (true) {
      this.#space();
      if (this.#text[this.#at] === ']') this.#fail('there is a comma too many before "]"');
      const inner = [...path, result.length];
      this.offsets.set(pathKey(inner), this.#at);
      result.push(this.#value(inner));
      if (this.#more(']')) continue;
      return result;
    }
  }

  /** Reads a comma (true) or the closing bracket (false). */
  #more(close: '}' | ']'): boolean {
    const end = this.#at;
    this.#space();
    const next = this.#text[this.#at];
    if (next === undefined) this.#fail(`the file ends too early: "${close}" is missing`);
    if (next !== ',' && next !== close) this.#fail(`a comma or "${close}" is missing here`, end);
    this.#at += 1;
    return next === ',';
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const character = this.#text[at] ?? '';
      if (character === '\\') {
        at += 1;
      } else if (character === '"') {
        this.#at = at + 1;
        try {
          return String(JSON.parse(this.#text.slice(start, at + 1)));
        } catch {
          this.#fail('a backslash in text must be doubled (\\\\), as in "C:\\\\Videos"', start);
        }
      } else if (character < ' ') {
        this.#fail('the closing double quote (") is missing on this line', start);
      }
    }
    return this.#fail('the closing double quote (") is missing', start);
  }
}
