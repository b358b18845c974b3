import { type Command, Option } from 'commander';
import { EngineError } from '../../base/errors.ts';
import { parseServiceUri } from '../../host/settings.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';
import { runEngine } from '../run-engine.ts';
import { readSecret } from '../secret-input.ts';

interface JoinOptions {
  readonly secret?: string;
  readonly secretFile?: string;
  readonly as: string;
  readonly run: boolean;
}

/** `siphon join`: keeps an orchestrator and its secret, then works for it. */
export function addJoinCommand(program: Command, context: CliContext): void {
  const command = program
    .command('join')
    .description('work for an orchestrator: keep its address and secret, then run')
    .argument('<service-uri>', 'address of the orchestrator, e.g. https://orchestrator.example:8935')
    .option('--secret <secret>', 'its secret; other users of this machine can see it here, so prefer the next two')
    .option('--secret-file <file>', 'read the secret from a file; - reads standard input')
    .addOption(
      new Option('--as <type>', 'how this machine takes part').choices(['siphon', 'pool-node', 'ot-split']).default('siphon'),
    )
    .option('--no-run', 'only keep the settings')
    .action(async (address: string, _options: unknown, self: Command) => {
      const options = optionsOf<JoinOptions>(self);
      const output = outputOf(context, options);
      const settings = settingsOf(context, options);
      const serviceUri = parseServiceUri(address);
      // A file with mistakes is reported before anybody types a secret.
      await settings.readFile();
      const secret =
        (await readSecret(options, context.terminal, output, context.signal)) ?? (await settings.orchestratorSecret());
      if (secret === undefined) {
        throw new EngineError({
          code: 'bad-request',
          message: `the secret for ${serviceUri} is missing`,
          nextStep: 'Give it with --secret-file <file>, or run the command in a terminal and type it.',
        });
      }
      await settings.saveOrchestratorSecret(secret);
      await settings.change([
        { path: 'deploymentType', value: options.as },
        { path: 'orchestrator.serviceUri', value: serviceUri },
      ]);
      const saved = `Kept ${serviceUri} in ${settings.paths.configFile}, its secret in ${settings.paths.secretsFile}.`;
      if (options.run) {
        output.note(saved);
        await runEngine({ context, options, settings, endWhenRefused: true });
      } else {
        output.result(
          { serviceUri, deploymentType: options.as, configFile: settings.paths.configFile },
          `${saved}\nStart working with: siphon run`,
        );
      }
    });
  addExamples(command, [
    ['siphon join https://orchestrator.example:8935', 'asks for the secret, then works'],
    ['siphon join orchestrator.example:8935 --secret-file secret.txt', 'for scripts'],
    ['pass show pool | siphon join https://pool.example:8935 --as pool-node --no-run', 'the secret from a password manager'],
  ]);
}
