import { type Command, Option } from 'commander';
import { DEPLOYMENT_TYPES, NODE_MODES, SCALES } from '../../api/snapshot.ts';
import { type CliContext, optionsOf, type SettingOption, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';
import { portNumber, positiveInteger } from '../parse.ts';
import { runEngine } from '../run-engine.ts';
import { runSupervised } from '../supervised.ts';

interface RunOptions {
  readonly practice?: boolean;
  readonly practiceFirst?: boolean;
  readonly supervised?: boolean;
  readonly orchestrator?: string;
  readonly capacity?: string;
  readonly port?: number;
  readonly nodeMode?: string;
  readonly deploymentType?: string;
  readonly splitHalf?: string;
  readonly serviceUri?: string;
  readonly price?: string;
  readonly scale?: string;
  readonly exitAfter?: number;
  readonly open?: boolean;
}

interface PracticeOptions {
  readonly sessions?: number;
  readonly fast?: boolean;
  readonly input?: string;
  readonly port?: number;
  readonly exitAfter?: number;
}

/** `siphon run`: the engine with the configuration as it is. */
export function addRunCommand(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('run Siphon with the settings as they are')
    .option('--practice', 'run the practice network instead: no orchestrator, no money')
    .option('--practice-first', 'practise as long as nothing was chosen; the page then offers the ways to take part')
    .option('--supervised', 'for a supervisor (the app): JSON lines on stdin and stdout, ends when stdin closes')
    .option('--orchestrator <service-uri>', 'work for this orchestrator, this time')
    .option('--capacity <streams>', 'offer this many streams at once ("auto" = as measured)')
    .addOption(new Option('--port <port>', 'port of the page and the local API; 0 = any free one').argParser(portNumber))
    .addOption(new Option('--node-mode <mode>', 'what this machine works on').choices(NODE_MODES))
    .addOption(new Option('--deployment-type <type>', 'how it takes part in the network').choices(DEPLOYMENT_TYPES))
    .addOption(new Option('--split-half <half>', 'of an O-T split, which half').choices(['orchestrator', 'transcoder']))
    .option('--service-uri <uri>', 'public address of the orchestrator of this machine')
    .option('--price <price>', 'what it asks for, e.g. 0.02USD/1e12pixels')
    .addOption(new Option('--scale <scale>', 'how many GPUs and machines').choices(SCALES))
    .addOption(new Option('--exit-after <segments>', 'end after this many segments').argParser(positiveInteger))
    .option('--open', 'open the page in the browser, where there is a display')
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf<RunOptions>(self);
      const given: SettingOption[] = [
        { path: 'deploymentType', flag: '--practice', value: options.practice ? 'practice' : undefined },
        { path: 'deploymentType', flag: '--deployment-type', value: options.practice ? undefined : options.deploymentType },
        { path: 'orchestrator.serviceUri', flag: '--orchestrator', value: options.orchestrator },
        { path: 'capacity', flag: '--capacity', value: options.capacity },
        { path: 'api.port', flag: '--port', value: options.port },
        { path: 'nodeMode', flag: '--node-mode', value: options.nodeMode },
        { path: 'scale', flag: '--scale', value: options.scale },
        { path: 'splitHalf', flag: '--split-half', value: options.splitHalf },
        { path: 'ownOrchestrator.serviceUri', flag: '--service-uri', value: options.serviceUri },
        { path: 'ownOrchestrator.price', flag: '--price', value: options.price },
      ];
      const open = (secretsKey?: Uint8Array, plainSecrets?: boolean) =>
        settingsOf(context, options, given, options.practiceFirst, secretsKey, plainSecrets);
      if (options.supervised) {
        await runSupervised({ context, openSettings: open });
        return;
      }
      const settings = open();
      await runEngine({ context, options, settings, exitAfter: options.exitAfter, endWhenRefused: false, open: options.open });
    });
  addExamples(command, [
    ['siphon run', 'work for the orchestrator that was joined'],
    ['siphon run --deployment-type solo', 'an orchestrator of one’s own with this machine’s GPU (off-chain)'],
    ['siphon run --practice --exit-after 5', 'five practice segments, then end'],
    ['siphon run --data-dir /srv/siphon --port 0 --json', 'under a supervisor: events as JSON lines'],
  ]);
}

/** `siphon practice`: the embedded practice network. */
export function addPracticeCommand(program: Command, context: CliContext): void {
  const command = program
    .command('practice')
    .description('run the embedded practice network: the real protocol on this machine, no money')
    .addOption(new Option('--sessions <number>', 'streams at once').argParser(positiveInteger))
    .option('--fast', 'send segments as fast as they are taken, not at real time')
    .option('--input <file>', 'play this video instead of a generated one')
    .addOption(new Option('--port <port>', 'port of the page and the local API; 0 = any free one').argParser(portNumber))
    .addOption(new Option('--exit-after <segments>', 'end after this many segments').argParser(positiveInteger))
    .action(async (_options: unknown, self: Command) => {
      const options = optionsOf<PracticeOptions>(self);
      const settings = settingsOf(context, options, [
        { path: 'deploymentType', flag: 'siphon practice', value: 'practice' },
        { path: 'practice.sessions', flag: '--sessions', value: options.sessions },
        { path: 'practice.pace', flag: '--fast', value: options.fast ? 'flat-out' : undefined },
        { path: 'practice.input', flag: '--input', value: options.input },
        { path: 'api.port', flag: '--port', value: options.port },
      ]);
      await runEngine({ context, options, settings, exitAfter: options.exitAfter, endWhenRefused: false });
    });
  addExamples(command, [
    ['siphon practice', 'one stream at real time; open the page and watch'],
    ['siphon practice --sessions 4 --fast', 'load this machine with four streams'],
    ['siphon practice --input holiday.mp4 --exit-after 20', 'your own video'],
  ]);
}
