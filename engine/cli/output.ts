import type { ErrorInfo } from '../api/errors.ts';
import { type EngineError, toEngineError } from '../base/errors.ts';
import { plain } from './format.ts';
import { type Style, styled, type Terminal } from './terminal.ts';

/**
 * What a command says. stdout carries the result alone: text for people, or with `--json` nothing but JSON, one document
 * or, for commands that go on, one object a line. Everything else (progress, notes, errors) goes to stderr.
 */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, options: { readonly json: boolean; readonly quiet: boolean }) {
    this.#terminal = terminal;
    this.json = options.json;
    this.quiet = options.quiet;
  }

  /** The command's one result. */
  result(value: unknown, text: string): void {
    this.#terminal.stdout.write(this.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
  }

  /** One event of a command that goes on; without text it is for `--json` alone. */
  event(event: { readonly event: string; readonly [field: string]: unknown }, text?: string): void {
    if (this.json) this.#terminal.stdout.write(`${JSON.stringify(event)}\n`);
    else if (text !== undefined) this.#terminal.stdout.write(`${text}\n`);
  }

  /** A remark on stderr; `--quiet` leaves it out. */
  note(text: string): void {
    if (!this.quiet) this.#terminal.stderr.write(`${text}\n`);
  }

  /** A warning on stderr, always. */
  warn(text: string): void {
    this.#terminal.stderr.write(`${this.onStderr('yellow', 'warning:')} ${text}\n`);
  }

  /** An error and its next step on stderr; with `--json` also as `{ "event": "error", … }` on stdout. */
  error(thrown: unknown): EngineError {
    const error = toEngineError(thrown);
    const info: ErrorInfo = error.toInfo();
    if (this.json) this.#terminal.stdout.write(`${JSON.stringify({ event: 'error', error: info })}\n`);
    const lines = info.message.split('\n').map(plain).join('\n');
    this.#terminal.stderr.write(`${this.onStderr('red', 'error:')} ${lines}\n`);
    if (info.nextStep !== undefined) this.#terminal.stderr.write(`${plain(info.nextStep)}\n`);
    if (error.code === 'internal' && error.cause instanceof Error && this.#terminal.env.SIPHON_LOG_LEVEL === 'debug') {
      this.#terminal.stderr.write(`${error.cause.stack ?? ''}\n`);
    }
    return error;
  }

  /** Styles text for stdout. */
  onStdout(style: Style, text: string): string {
    return styled(this.#terminal.stdout, this.#terminal.env, style, text);
  }

  /** Styles text for stderr. */
  onStderr(style: Style, text: string): string {
    return styled(this.#terminal.stderr, this.#terminal.env, style, text);
  }
}
