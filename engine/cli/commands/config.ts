import type { Command } from 'commander';
import { EngineError } from '../../base/errors.ts';
import { type CliContext, optionsOf, outputOf, settingsOf } from '../context.ts';
import { addExamples } from '../help.ts';
import { takeUp } from '../take-up.ts';

/** `siphon config`: reads and changes the configuration file. */
export function addConfigCommand(program: Command, context: CliContext): void {
  const config = program.command('config').description('read and change the settings');
  addExamples(config, [
    ['siphon config show', 'all settings with what they are for'],
    ['siphon config get api.port', 'one value, as variables and options leave it'],
    ['siphon config set gpus.GPU-1f2e….sessions 4', 'at most four streams on one card'],
    ['siphon config set history.days 30', 'keep a month of history'],
    ['siphon config unset capacity', 'back to the default'],
    ['siphon config validate', 'report every mistake in the file, line by line'],
  ]);

  config
    .command('show')
    .description('show all settings, their values and what they are for')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf(command);
      const settings = settingsOf(context, options);
      const value = await settings.effective();
      const output = outputOf(context, options);
      const gpus = Object.keys(value.gpus);
      const lines = settings.fields
        .flatMap((field) =>
          field.path.includes('*') ? gpus.map((uuid) => ({ ...field, path: field.path.replace('*', uuid) })) : [field],
        )
        .filter((field) => field.path !== 'version')
        .map(({ path, what, variable }) => {
          const shown = text(
            path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value),
          );
          const note = variable === undefined ? what : `${what} (${variable})`;
          return `${output.onStdout('bold', path)} = ${shown}\n    ${output.onStdout('dim', note)}`;
        });
      output.result(value, lines.join('\n'));
    });

  config
    .command('get')
    .argument('<setting>', 'its path, e.g. api.port')
    .description('print one setting')
    .action(async (path: string, _options: unknown, command: Command) => {
      const options = optionsOf(command);
      const value = (await settingsOf(context, options).get(path)) ?? null;
      outputOf(context, options).result(value, text(value));
    });

  config
    .command('set')
    .argument('<setting>', 'its path, e.g. api.port')
    .argument('<value>', 'text, number, true, false or null')
    .description('change one setting in the file; a running Siphon takes it up at once')
    .action(async (path: string, value: string, _options: unknown, command: Command) => {
      const options = optionsOf(command);
      const settings = settingsOf(context, options);
      await settings.change([{ path, value }]);
      await report(path, context, command);
    });

  config
    .command('unset')
    .argument('<setting>', 'its path, e.g. capacity, or gpus.<UUID>')
    .description('put one setting back to its default')
    .action(async (path: string, _options: unknown, command: Command) => {
      await settingsOf(context, optionsOf(command)).change([{ path, value: undefined }]);
      await report(path, context, command);
    });

  config
    .command('path')
    .description('print where the configuration file and the data are')
    .action((_options: unknown, command: Command) => {
      const options = optionsOf(command);
      const { paths } = settingsOf(context, options);
      outputOf(context, options).result(paths, paths.configFile);
    });

  config
    .command('validate')
    .argument('[file]', 'another file than the one in use')
    .description('check the file and report every mistake with its line')
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf(command);
      const settings = settingsOf(context, options);
      const { exists, migratedFrom } = await settings.readFile(file);
      const name = file ?? settings.paths.configFile;
      if (!exists && file !== undefined) throw new EngineError({ code: 'not-found', message: `there is no file ${file}` });
      // Variables are part of what is used; a wrong one is a mistake too.
      if (file === undefined) await settings.effective();
      const note = migratedFrom === undefined ? '' : ` (version ${migratedFrom}, brought up to date at the next change)`;
      outputOf(context, options).result(
        { file: name, exists, valid: true },
        exists ? `${name} is valid${note}` : `${name} does not exist: the defaults apply`,
      );
    });
}

/** Says what a setting is now, has a running engine take it up, and warns when a variable hides the change. */
async function report(path: string, context: CliContext, command: Command): Promise<void> {
  const options = optionsOf(command);
  const settings = settingsOf(context, options);
  const output = outputOf(context, options);
  const value = (await settings.get(path)) ?? null;
  output.result({ path, value }, `${path} = ${text(value)}`);
  await takeUp(context, settings, output);
  const variable = settings.fields.find((field) => field.path === path)?.variable;
  if (variable !== undefined && context.terminal.env[variable]) output.warn(`${variable} is set and wins over the file`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
