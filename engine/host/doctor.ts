import type { Hardware } from '../api/hardware.ts';
import { EngineError } from '../base/errors.ts';
import type { Check, OrchestratorAddress } from '../doctor/check.ts';
import { clockCheck } from '../doctor/clock-check.ts';
import { dataFolderChecks } from '../doctor/disk-checks.ts';
import { hardwareChecks } from '../doctor/hardware-checks.ts';
import { portCheck } from '../doctor/port-check.ts';
import { runtimeChecks } from '../doctor/runtime-checks.ts';
import { runsOrchestrator } from './choices.ts';
import { inspectFfmpeg } from './inspect.ts';
import { orchestratorCheck } from './orchestrator-check.ts';
import type { Settings } from './settings.ts';

/** A time that had passed when this version was made: an earlier clock is wrong. */
export const NOT_BEFORE_MS = Date.UTC(2026, 10, 1);
/** Where a service URI without a port points: TLS' own (as in go-livepeer, which dials what the URI says). */
const TLS_PORT = 443;

/** What the doctor looks at. */
export interface DoctorParameters {
  readonly settings: Settings;
  /** How the hardware is looked at: a running engine knows it already. */
  readonly hardware: (signal: AbortSignal) => Promise<Hardware>;
  /** Whether an engine runs on this data folder: its ports are then taken by itself. */
  readonly engineRunning: boolean;
}

/** All checks; settings with mistakes are a failed check, the others then go by the defaults. */
export async function doctorChecks({ settings, hardware, engineRunning }: DoctorParameters): Promise<readonly Check[]> {
  const config = await settings.effective().catch((error: unknown) => {
    if (error instanceof EngineError) return undefined;
    throw error;
  });
  const orchestrator = config && !runsOrchestrator(config) ? addressIn(config.orchestrator.serviceUri) : undefined;
  return [
    ...runtimeChecks(inspectFfmpeg),
    settingsCheck(settings),
    ...hardwareChecks(hardware),
    ...dataFolderChecks(settings.paths.dataDir),
    portCheck({ purpose: 'Local API', host: '127.0.0.1', port: config?.api.port ?? 0, engineRunning }),
    ...(config && runsOrchestrator(config)
      ? [
          portCheck({
            purpose: 'Orchestrator',
            host: config.ownOrchestrator.host,
            port: config.ownOrchestrator.port,
            engineRunning,
          }),
        ]
      : []),
    clockCheck({ ...(orchestrator ? { orchestrator } : {}), notBeforeMs: NOT_BEFORE_MS }),
    orchestratorCheck(orchestrator),
  ];
}

/** Host and port that a service URI names; undefined for none. */
export function addressIn(serviceUri: string | null): OrchestratorAddress | undefined {
  if (serviceUri === null) return undefined;
  const uri = new URL(serviceUri);
  return { host: uri.hostname.replace(/^\[|\]$/g, ''), port: Number(uri.port || TLS_PORT) };
}

function settingsCheck(settings: Settings): Check {
  return {
    id: 'settings',
    title: 'Settings',
    run: async () => {
      const config = await settings.effective();
      const { deploymentType, orchestrator } = config;
      if (runsOrchestrator(config)) {
        return { status: 'ok', text: `An orchestrator of one’s own, off-chain (${settings.paths.configFile}).` };
      }
      const practice = deploymentType === 'practice';
      if (!practice && orchestrator.serviceUri === null) {
        return {
          status: 'warn',
          text: 'No orchestrator is chosen yet.',
          nextStep: 'Run: siphon join <service-uri>, or try: siphon practice',
        };
      }
      if (!practice && (await settings.orchestratorSecret()) === undefined) {
        return {
          status: 'fail',
          text: 'The secret of the orchestrator is missing.',
          nextStep: `Run: siphon join ${orchestrator.serviceUri}`,
        };
      }
      return { status: 'ok', text: `The settings in ${settings.paths.configFile} are valid.` };
    },
  };
}
