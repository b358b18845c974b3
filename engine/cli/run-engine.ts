import type { EngineSnapshot } from '../api/snapshot.ts';
import { EngineError } from '../base/errors.ts';
import type { Settings } from '../host/settings.ts';
import { builtPage } from './built-page.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { outputOf } from './context.ts';
import { EXIT, exitCodeFor } from './exit-codes.ts';
import { follow } from './follow.ts';
import { leaveSoon } from './leave.ts';
import { hasDisplay, openPage } from './open-page.ts';
import type { Output } from './output.ts';
import { startConfigured } from './start-configured.ts';

/** How a command runs the engine. */
export interface RunEngineParameters {
  readonly context: CliContext;
  readonly options: GlobalOptions;
  readonly settings: Settings;
  /** End after this many finished segments. */
  readonly exitAfter?: number | undefined;
  /** End with exit code 5 when the orchestrator refuses this machine; otherwise the page shows it. */
  readonly endWhenRefused: boolean;
  /** Open the page in a browser where there is a display. */
  readonly open?: boolean | undefined;
}

/** Milliseconds that the last events get to be told after the engine has ended. */
const LAST_EVENTS_MS = 1000;

/** Runs the engine until it ends or the person asks it to; tells what it does. Sets the exit code. */
export async function runEngine({
  context,
  options,
  settings,
  exitAfter,
  endWhenRefused,
  open,
}: RunEngineParameters): Promise<void> {
  const output = outputOf(context, options);
  const engine = await startConfigured(settings, {
    print: options.quiet ? 'none' : options.json ? 'json' : 'pretty',
    ...(exitAfter === undefined ? {} : { exitAfter }),
  });

  let failure: EngineError | undefined;
  const stop = (): void => void engine.stop('shutdown', 'asked to stop');
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  engine.started.catch((error: unknown) => {
    if (context.signal.aborted) return;
    failure ??= output.error(error);
    void engine.stop('error', 'the engine could not start its work');
  });

  tellReady(output, context, settings, engine);
  if (open && builtPage() !== undefined && hasDisplay(process.env)) openPage(`${engine.address}/#token=${engine.token}`);
  const following = new AbortController();
  const onSnapshot = (snapshot: EngineSnapshot): void => {
    const refused = snapshot.link?.state === 'refused' ? snapshot.link.error : undefined;
    if (!endWhenRefused || !refused || failure) return;
    const { code, message, nextStep } = refused;
    failure = output.error(new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) }));
    void engine.stop('error', 'the orchestrator refused this machine');
  };
  const followed = follow(engine.api.watch(following.signal), output, { onSnapshot });
  const { finished, failed } = await engine.ended;
  const cut = setTimeout(() => following.abort(), LAST_EVENTS_MS);
  await followed.finally(() => clearTimeout(cut));
  context.signal.removeEventListener('abort', stop);

  output.event({ event: 'ended', finished, failed }, `Ended after ${finished} segments, ${failed} of them failed.`);
  if (failure) context.setExitCode(exitCodeFor(failure.code));
  // Asked for a number of segments: fewer, or failed ones, are a failure. Otherwise to end when told is success.
  else if (exitAfter !== undefined && !context.signal.aborted && (finished < exitAfter || failed > 0))
    context.setExitCode(EXIT.failure);
  leaveSoon();
}

function tellReady(
  output: Output,
  context: CliContext,
  settings: Settings,
  engine: { readonly address: string; readonly token: string },
): void {
  const { dataDir, tokenFile } = settings.paths;
  // The link carries the token: it is shown to the person at the terminal, and kept out of logs and pipes.
  const link = context.terminal.stdout.isTTY === true ? `${engine.address}/#token=${engine.token}` : engine.address;
  output.event({ event: 'ready', address: engine.address, tokenFile, dataDir, pid: process.pid }, `Siphon is running: ${link}`);
}
