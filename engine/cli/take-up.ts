import type { ConfigureResult } from '../api/orchestrator.ts';
import { EngineError } from '../base/errors.ts';
import type { Settings } from '../host/settings.ts';
import { connectEngine } from './client.ts';
import type { CliContext } from './context.ts';
import { plain } from './format.ts';
import type { Output } from './output.ts';

/** Milliseconds for a running engine to finish its segments and start other roles. */
const TAKE_UP_MS = 90_000;

/**
 * Has a running engine take up the settings as they are now, and says on stderr what came of it. Undefined when none runs on
 * these settings: then they hold from the next start, as ever.
 */
export async function takeUp(context: CliContext, settings: Settings, output: Output): Promise<ConfigureResult | undefined> {
  try {
    // Loaded only now: help and completion must not wait for SQLite.
    const { findRunningEngine } = await import('../host/running-engine.ts');
    await using client = await connectEngine(findRunningEngine(settings.paths.dataDir), context.signal);
    const result = await client.call((signal) => client.api.configure.mutate({ changes: [] }, { signal }), TAKE_UP_MS);
    tell(result, output);
    return result;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-ready') return undefined;
    throw error;
  }
}

function tell({ changed, rolesChanged, atNextStart, error }: ConfigureResult, output: Output): void {
  if (error) {
    output.warn(`the running Siphon goes on as before: ${plain(error.message)}`);
    if (error.nextStep !== undefined) output.note(plain(error.nextStep));
    return;
  }
  if (changed.length === 0) output.note('The running Siphon is not affected.');
  else if (rolesChanged) output.note('The running Siphon finished its segments and works with the new settings.');
  else if (changed.length > atNextStart.length) output.note('The running Siphon took it up.');
  if (atNextStart.length > 0) output.note(`From the next start of Siphon: ${atNextStart.join(', ')}`);
}
