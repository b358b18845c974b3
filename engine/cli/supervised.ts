import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  HELLO_LIMIT_MS,
  SUPERVISION_PROTOCOL,
  type SupervisedEvent,
  type SupervisorCommand,
  SupervisorCommandSchema,
} from '../api/supervision.ts';
import { deadline, untilAborted } from '../base/abort.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Settings } from '../host/settings.ts';
import { ENGINE_VERSION } from '../host/version.ts';
import type { CliContext } from './context.ts';
import { exitCodeFor } from './exit-codes.ts';
import { leaveSoon } from './leave.ts';
import { startConfigured } from './start-configured.ts';

/** How a supervised engine is run. */
export interface RunSupervisedParameters {
  readonly context: CliContext;
  /** Opens the settings with the key that the supervisor handed over; `plainSecrets`: whether a plain file is agreed to. */
  readonly openSettings: (secretsKey: Uint8Array | undefined, plainSecrets: boolean | undefined) => Settings;
}

/** Milliseconds after which an engine whose supervisor has gone ends whatever its segments do. */
const ORPHAN_LIMIT_MS = 30_000;

/**
 * Runs the engine under a supervisor (`siphon run --supervised`), by the protocol of api/supervision.ts, until it is told to
 * stop, a signal comes, or the supervisor goes away. Sets the exit code.
 */
export async function runSupervised({ context, openSettings }: RunSupervisedParameters): Promise<void> {
  const { terminal, signal } = context;
  // Both pipes break when the supervisor is killed; the engine still has segments to finish.
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
  const tell = (event: SupervisedEvent): void => void terminal.stdout.write(`${JSON.stringify(event)}\n`);
  try {
    const commands = new Commands(terminal.stdin as Readable);
    const { secretsKey, plainSecrets } = await commands.hello(signal);
    const settings = openSettings(secretsKey, plainSecrets);
    const engine = await startConfigured(settings, { print: 'pretty' });
    const stop = (reason: 'user' | 'update' | 'shutdown', text: string, withinMs?: number): void => {
      void engine.stop(reason, text);
      // Every finished segment is on disk already, so that an end without the running ones loses nothing else.
      if (withinMs !== undefined) setTimeout(() => process.exit(0), withinMs).unref();
    };
    const onSignal = (): void => stop('shutdown', 'asked to stop');
    if (signal.aborted) onSignal();
    signal.addEventListener('abort', onSignal, { once: true });
    commands.run({
      onCommand: (command) => {
        if (command.command === 'ping') tell({ event: 'pong', id: command.id });
        else if (command.command === 'allowPlainSecrets') settings.allowPlainSecrets();
        else if (command.command === 'stop') stop(command.reason, 'asked to stop by the app', command.withinMs);
      },
      onEnd: () => stop('shutdown', 'the app that ran this engine has gone', ORPHAN_LIMIT_MS),
    });
    // What keeps its roles from starting is a standing problem that the page shows; the engine stays for it.
    engine.started.catch(() => {});
    const { address, token } = engine;
    const { dataDir } = settings.paths;
    tell({ event: 'ready', protocol: SUPERVISION_PROTOCOL, version: ENGINE_VERSION, pid: process.pid, address, token, dataDir });
    await engine.ended;
    signal.removeEventListener('abort', onSignal);
    commands.close();
    leaveSoon();
  } catch (thrown) {
    const error = toEngineError(thrown);
    tell({ event: 'error', error: error.toInfo() });
    terminal.stderr.write(`error: ${error.message}\n`);
    context.setExitCode(exitCodeFor(error.code));
    // A supervisor that keeps the pipe open must not keep this process.
    terminal.stdin.destroy();
  }
}

interface CommandHandlers {
  readonly onCommand: (command: SupervisorCommand) => void;
  readonly onEnd: () => void;
}

/** The supervisor's lines. A line that is no command is said on stderr and otherwise ignored: a newer app may know more. */
class Commands {
  readonly #lines: ReturnType<typeof createInterface>;
  readonly #input: Readable;
  readonly #waiting: string[] = [];
  #handlers: CommandHandlers | undefined;
  #ended = false;

  constructor(input: Readable) {
    this.#input = input;
    this.#lines = createInterface({ input });
    this.#lines.on('line', (line) => {
      if (this.#handlers) this.#take(line, this.#handlers);
      else this.#waiting.push(line);
    });
    this.#lines.on('close', () => {
      this.#ended = true;
      this.#handlers?.onEnd();
    });
    input.on('error', () => this.#lines.close());
  }

  /** The first line: the key in it, if any, and whether secrets may be plain. @throws EngineError bad-request, timeout */
  async hello(
    signal: AbortSignal,
  ): Promise<{ readonly secretsKey: Uint8Array | undefined; readonly plainSecrets: boolean | undefined }> {
    using limit = deadline(HELLO_LIMIT_MS, 'Waiting for the first line of the supervisor', signal);
    if (this.#waiting.length === 0 && !this.#ended) {
      await untilAborted(Promise.race([once(this.#lines, 'line'), once(this.#lines, 'close')]), limit.signal);
    }
    const first = parse(this.#waiting.shift() ?? '');
    if (first?.command !== 'hello') {
      throw new EngineError({
        code: 'bad-request',
        message: 'the first line on stdin is not the hello of a supervisor',
        nextStep: 'Run `siphon run` without --supervised, or open the Siphon app.',
      });
    }
    const secretsKey = first.secretsKey === undefined ? undefined : new Uint8Array(Buffer.from(first.secretsKey, 'base64'));
    return { secretsKey, plainSecrets: first.plainSecrets };
  }

  /** Hands over every command from now on, those that came meanwhile first. */
  run(handlers: CommandHandlers): void {
    this.#handlers = handlers;
    for (const line of this.#waiting.splice(0)) this.#take(line, handlers);
    if (this.#ended) handlers.onEnd();
  }

  close(): void {
    this.#handlers = undefined;
    this.#lines.close();
    this.#input.destroy();
  }

  #take(line: string, handlers: CommandHandlers): void {
    const command = parse(line);
    if (command) handlers.onCommand(command);
    else process.stderr.write('warning: a line of the supervisor is no command\n');
  }
}

/** A command, or undefined for anything else. The line is never quoted: it may hold a key. */
function parse(line: string): SupervisorCommand | undefined {
  try {
    return SupervisorCommandSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
