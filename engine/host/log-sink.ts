import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DestinationStream } from 'pino';
import type { LogLine } from '../api/commands.ts';
import { Emitter } from '../base/emitter.ts';

/** Lines kept in memory for the page. */
const KEPT_LINES = 10_000;
/** Size in bytes at which the log file is turned over, and how many old ones are kept. */
const FILE_LIMIT = 5 * 1024 * 1024;
const OLD_FILES = 3;

const LEVELS: Readonly<Record<number, LogLine['level']>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Where log lines may go besides memory. */
export interface LogSinkParameters {
  /** Folder for `engine.log`; absent = memory only. */
  readonly folder?: string;
  /** Also print lines on stderr: as JSON, readable, or not at all. */
  readonly print: 'json' | 'pretty' | 'none';
}

/**
 * The end of the log: a bounded file, the last lines in memory for the page, and stderr.
 * A disk that refuses the file (full, read-only) never stops the engine: the file is skipped until it takes lines again.
 */
export class LogSink implements DestinationStream {
  readonly #lines: LogLine[] = [];
  readonly #file: string | undefined;
  readonly #print: LogSinkParameters['print'];
  #fileBytes = 0;
  #seq = 0;
  readonly onLine = new Emitter<LogLine>();

  constructor({ folder, print }: LogSinkParameters) {
    this.#print = print;
    if (folder === undefined) return;
    try {
      mkdirSync(folder, { recursive: true });
      this.#file = path.join(folder, 'engine.log');
      this.#fileBytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      this.#file = undefined;
    }
  }

  /** The last lines, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** The lines after the one with this `seq`; all that are kept when it is left out. */
  linesAfter(after = 0): readonly LogLine[] {
    const first = this.#lines[0]?.seq ?? 1;
    return this.#lines.slice(Math.max(0, after + 1 - first));
  }

  /** Takes one line of pino's JSON. */
  write(json: string): void {
    this.#seq += 1;
    const line = parseLine(json, this.#seq);
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    this.#append(json);
    if (this.#print === 'json') process.stderr.write(json);
    else if (this.#print === 'pretty') process.stderr.write(`${prettyLine(line)}\n`);
    this.onLine.emit(line);
  }

  #append(json: string): void {
    if (!this.#file) return;
    try {
      if (this.#fileBytes > FILE_LIMIT) this.#turnOver(this.#file);
      appendFileSync(this.#file, json, { mode: 0o600 });
      this.#fileBytes += json.length;
    } catch {
      // The log must never be the reason to fail; memory and stderr still have the line.
    }
  }

  #turnOver(file: string): void {
    rmSync(`${file}.${OLD_FILES}`, { force: true });
    for (let n = OLD_FILES - 1; n >= 1; n -= 1) {
      if (statSync(`${file}.${n}`, { throwIfNoEntry: false })) renameSync(`${file}.${n}`, `${file}.${n + 1}`);
    }
    renameSync(file, `${file}.1`);
    this.#fileBytes = 0;
  }
}

function parseLine(json: string, seq: number): LogLine {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  return {
    seq,
    atMs: typeof time === 'string' ? Date.parse(time) : Date.now(),
    level: LEVELS[Number(level)] ?? 'info',
    text: typeof msg === 'string' ? msg : '',
    fields,
  };
}

/** Control characters but line breaks and tabs: what comes from the network must not move a terminal's cursor or colour. */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

function prettyLine(line: LogLine): string {
  const time = new Date(line.atMs).toTimeString().slice(0, 8);
  const fields = Object.entries(line.fields)
    .filter(([name]) => name !== 'err' && name !== 'error')
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
  const error = (line.fields.err ?? line.fields.error) as { message?: unknown } | undefined;
  const cause = typeof error?.message === 'string' ? ` — ${error.message}` : '';
  return `${time} ${line.level.padEnd(5)} ${line.text}${cause}${fields ? `  ${fields}` : ''}`.replace(CONTROL, '?');
}
