import type { Engine, EngineParameters } from '../host/engine.ts';
import type { Settings } from '../host/settings.ts';
import { builtPage } from './built-page.ts';

/** Starts the engine with the settings as they are, the secret that they need, and the page where it was built. Rejects as `startEngine`. */
export async function startConfigured(
  settings: Settings,
  options: Pick<EngineParameters, 'print' | 'exitAfter'>,
): Promise<Engine> {
  const config = await settings.effective();
  const secret = config.deploymentType === 'practice' ? undefined : await settings.orchestratorSecret();
  // Loaded only now: help, completion and a supervisor's first line must not wait for FFmpeg and SQLite.
  const { startEngine } = await import('../host/engine.ts');
  const page = builtPage();
  return await startEngine({
    config,
    paths: settings.paths,
    settings,
    ...(secret === undefined ? {} : { secret }),
    ...(page === undefined ? {} : { pageDir: page }),
    ...options,
  });
}
