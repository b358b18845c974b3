import type { Command } from 'commander';
import type { CheckResult } from '../../api/diagnostics.ts';
import { type Check, runChecks, worstStatus } from '../../doctor/check.ts';
import { formatReport } from '../../doctor/report.ts';
import { isRunning } from '../../host/running-engine.ts';
import type { Settings } from '../../host/settings.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples } from '../help.ts';
import { Progress } from '../progress.ts';

/** `siphon doctor`: looks at everything Siphon needs, and says what to do. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('check everything Siphon needs (driver, NVENC, disk, ports, clock, orchestrator) and say what to do')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf(self);
      const output = outputOf(context, options);
      const checks = await checksOf(settingsOf(context, options));
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

async function checksOf(settings: Settings): Promise<readonly Check[]> {
  // Loaded only now: help must not wait for FFmpeg.
  const { doctorChecks } = await import('../../host/doctor.ts');
  const { inspectHardware } = await import('../../host/inspect.ts');
  return doctorChecks({ settings, hardware: inspectHardware, engineRunning: isRunning(settings.paths.dataDir) });
}
