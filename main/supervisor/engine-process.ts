import { type ChildProcess, spawn } from 'node:child_process';
import type { ErrorInfo } from '../../engine/api/errors.ts';
import { type EngineReady, SupervisedEventSchema, type SupervisorCommand } from '../../engine/api/supervision.ts';
import type { EngineCommand } from './engine-command.ts';
import { readLines } from './line-reader.ts';

/** Lines of the engine's log kept for the safe mode. */
const KEPT_LINES = 60;

/** How an engine's process ended. */
export interface EngineEnd {
  /** Null when a signal ended it, or it could not be started. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not run, in its own words. */
  readonly error?: ErrorInfo;
  readonly lastLines: readonly string[];
}

/** What an engine's process tells. */
export interface EngineProcessEvents {
  readonly onReady: (ready: EngineReady) => void;
  readonly onPong: (id: number) => void;
  /** Once, after everything it printed was read. */
  readonly onEnd: (end: EngineEnd) => void;
}

/** How an engine is to keep its secrets. */
export interface EngineSecrets {
  /** Key that it encrypts them with (base64); undefined = none. */
  readonly key: string | undefined;
  /** Without a key: the person agreed to a plain file. */
  readonly plainAllowed: boolean;
}

/** One running engine, spoken to by the protocol of engine/api/supervision.ts. */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #error: ErrorInfo | undefined;
  #ended = false;

  /** Starts it and says hello. A program that cannot be started ends through `onEnd`, too. */
  constructor(command: EngineCommand, secrets: EngineSecrets, events: EngineProcessEvents) {
    this.#child = spawn(command.program, [...command.args], {
      cwd: command.cwd,
      env: command.env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on('error', () => {});
    if (stdout) readLines(stdout, (line) => this.#event(line, events));
    if (stderr) readLines(stderr, (line) => this.#keep(line));
    const end = (code: number | null, signal: string | null): void => {
      if (this.#ended) return;
      this.#ended = true;
      events.onEnd({ code, signal, lastLines: [...this.#lines], ...(this.#error === undefined ? {} : { error: this.#error }) });
    };
    this.#child.once('error', (error) => {
      this.#keep(error.message);
      end(null, null);
    });
    // `close` comes after the last line; a grandchild that keeps a pipe open must not hold it up for ever.
    this.#child.once('close', (code, signal) => end(code, signal));
    this.#child.once('exit', (code, signal) => setTimeout(() => end(code, signal), 1_000).unref());
    const { key, plainAllowed } = secrets;
    this.send({ command: 'hello', ...(key === undefined ? { plainSecrets: plainAllowed } : { secretsKey: key }) });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a command; does nothing when the process has gone. */
  send(command: SupervisorCommand): void {
    if (this.#child.stdin?.writable) this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Ends it at once. Its transcode workers end with it. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #event(line: string, { onReady, onPong }: EngineProcessEvents): void {
    const event = parseEvent(line);
    if (event?.event === 'ready') onReady(event);
    else if (event?.event === 'pong') onPong(event.id);
    else if (event?.event === 'error') this.#error = event.error;
  }

  #keep(line: string): void {
    this.#lines.push(line.slice(0, 500));
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}

function parseEvent(line: string) {
  try {
    return SupervisedEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
