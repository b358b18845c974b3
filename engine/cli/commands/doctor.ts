import type { Command } from 'commander';
import { EngineError } from '../../base/errors.ts';
import { runsOrchestrator } from '../../host/choices.ts';
import type { Settings } from '../../host/settings.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { type Check, type CheckResult, runChecks, worstStatus } from '../doctor/check.ts';
import { clockCheck } from '../doctor/clock-check.ts';
import { dataFolderChecks } from '../doctor/disk-checks.ts';
import { hardwareChecks } from '../doctor/hardware-checks.ts';
import { orchestratorCheck } from '../doctor/orchestrator-check.ts';
import { portCheck } from '../doctor/port-check.ts';
import { formatReport } from '../doctor/report.ts';
import { runtimeChecks } from '../doctor/runtime-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help.ts';
import { Progress } from '../progress.ts';

/** A time that had passed when this version was made: an earlier clock is wrong. */
const NOT_BEFORE_MS = Date.UTC(2026, 10, 1);
/** Where a service URI without a port points: TLS' own (as in go-livepeer, which dials what the URI says). */
const TLS_PORT = 443;

/** `siphon doctor`: looks at everything Siphon needs, and says what to do. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('check everything Siphon needs (driver, NVENC, disk, ports, clock, orchestrator) and say what to do')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf(self);
      const output = outputOf(context, options);
      const checks = await allChecks(settingsOf(context, options));
      const results = await run(checks, context, !output.json && !output.quiet);
      const verdict = worstStatus(results);
      output.result({ verdict, checks: results }, formatReport(results).trimEnd());
      if (verdict === 'fail') context.setExitCode(EXIT.failure);
    });
  addExamples(command, [
    ['siphon doctor', 'exit code 1 when something must be mended'],
    ['siphon doctor --json', 'for scripts and bug reports'],
  ]);
}

async function run(checks: readonly Check[], context: CliContext, shown: boolean): Promise<readonly CheckResult[]> {
  using progress = new Progress(context.terminal, 'Checking', shown);
  let done = 0;
  progress.update(0, checks.length);
  return await runChecks({
    checks,
    signal: context.signal,
    onResult: ({ title }) => {
      done += 1;
      progress.update(done, checks.length, title);
    },
  });
}

/** All checks; settings with mistakes are a failed check, the others then go by the defaults. */
async function allChecks(settings: Settings): Promise<readonly Check[]> {
  const { inspectFfmpeg, inspectHardware } = await import('../../host/inspect.ts');
  const { findRunningEngine } = await import('../../host/running-engine.ts');
  const config = await settings.effective().catch((error: unknown) => {
    if (error instanceof EngineError) return undefined;
    throw error;
  });
  const serviceUri = config && !runsOrchestrator(config) ? config.orchestrator.serviceUri : null;
  const uri = serviceUri === null ? undefined : new URL(serviceUri);
  const orchestrator = uri && { host: uri.hostname.replace(/^\[|\]$/g, ''), port: Number(uri.port || TLS_PORT) };
  const running = ((): boolean => {
    try {
      return findRunningEngine(settings.paths.dataDir).pid > 0;
    } catch {
      return false;
    }
  })();
  const port = config?.api.port ?? 0;
  return [
    ...runtimeChecks(inspectFfmpeg),
    settingsCheck(settings),
    ...hardwareChecks(inspectHardware),
    ...dataFolderChecks(settings.paths.dataDir),
    portCheck({ purpose: 'Local API', host: '127.0.0.1', port, engineRunning: running }),
    ...(config && runsOrchestrator(config)
      ? [
          portCheck({
            purpose: 'Orchestrator',
            host: config.ownOrchestrator.host,
            port: config.ownOrchestrator.port,
            engineRunning: running,
          }),
        ]
      : []),
    clockCheck({ ...(orchestrator ? { orchestrator } : {}), notBeforeMs: NOT_BEFORE_MS }),
    orchestratorCheck(orchestrator),
  ];
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
