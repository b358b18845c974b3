import { Command, Option } from 'commander';
import { CONFIG_VARIABLES } from '../host/settings.ts';
import { ENGINE_VERSION } from '../host/version.ts';
import { addBenchCommand } from './commands/bench.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommand } from './commands/config.ts';
import { addControlCommands } from './commands/control.ts';
import { addDiagnosticsCommand } from './commands/diagnostics.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addFleetCommands } from './commands/fleet.ts';
import { addGpusCommand } from './commands/gpus.ts';
import { addHistoryCommand } from './commands/history.ts';
import { addInviteCommand } from './commands/invite.ts';
import { addJoinCommand } from './commands/join.ts';
import { addOrchestratorCommand } from './commands/orchestrator.ts';
import { addPracticeCommand, addRunCommand } from './commands/run.ts';
import { addTranscodeCommand } from './commands/transcode.ts';
import type { CliContext } from './context.ts';
import { addExamples, referenceText } from './help.ts';

/** The whole `siphon` command. Parsing rejects with commander's error instead of ending the process. */
export function createProgram(context: CliContext): Command {
  const { stdout, stderr } = context.terminal;
  const program = new Command('siphon')
    .description('Earn with a home GPU on the Livepeer network: transcodes live video segments for an orchestrator.')
    .version(ENGINE_VERSION, '-V, --version', 'print the version')
    .option('--data-dir <folder>', 'keep and find everything (settings, secret, history) in this folder')
    .option('--json', 'print JSON on stdout, and nothing else there')
    .option('-q, --quiet', 'print no progress, notes or log')
    .addOption(
      new Option('--log-level <level>', 'how much is logged').choices(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    )
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help on a command')
    .showHelpAfterError('(siphon help shows what there is)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();

  program.commandsGroup('Work:');
  addRunCommand(program, context);
  addJoinCommand(program, context);
  addPracticeCommand(program, context);
  addTranscodeCommand(program, context);
  program.commandsGroup('A running Siphon:');
  addControlCommands(program, context);
  addHistoryCommand(program, context);
  addOrchestratorCommand(program, context);
  addFleetCommands(program, context);
  addInviteCommand(program, context);
  program.commandsGroup('This machine:');
  addGpusCommand(program, context);
  addDoctorCommand(program, context);
  addDiagnosticsCommand(program, context);
  addBenchCommand(program, context);
  program.commandsGroup('Settings and shell:');
  addConfigCommand(program, context);
  addCompletionCommand(program, context);

  addExamples(program, [
    ['siphon practice', 'try everything on this machine, without an orchestrator'],
    ['siphon join https://orchestrator.example:8935', 'work for an orchestrator'],
    ['siphon status', 'what is it doing?'],
  ]);
  program.addHelpText('after', referenceText(CONFIG_VARIABLES));
  return program;
}
