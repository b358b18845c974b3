import type { Command } from 'commander';
import { openSettings, type Settings } from '../host/settings.ts';
import { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  /** Aborts when the person or the system asks the command to end (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
  /** Sets the exit code of a command that ends without an error of its own. */
  readonly setExitCode: (code: number) => void;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel?: string;
}

/** The options of a command together with the global ones. */
export function optionsOf<T extends object>(command: Command): T & GlobalOptions {
  return command.optsWithGlobals<T & GlobalOptions>();
}

/** Where a command says its things. */
export function outputOf(context: CliContext, options: GlobalOptions): Output {
  return new Output(context.terminal, { json: options.json === true, quiet: options.quiet === true });
}

/** An option of the command line that wins over a setting; undefined = not given. */
export interface SettingOption {
  readonly path: string;
  readonly flag: string;
  readonly value: unknown;
}

/** The settings as this command line sees them. */
export function settingsOf(
  context: CliContext,
  options: GlobalOptions,
  given: readonly SettingOption[] = [],
  practiceUntilChosen = false,
  secretsKey?: Uint8Array,
  plainSecrets?: boolean,
): Settings {
  const all = [...given, { path: 'logLevel', flag: '--log-level', value: options.logLevel }];
  return openSettings({
    dataDir: options.dataDir,
    env: context.terminal.env,
    practiceUntilChosen,
    secretsKey,
    plainSecrets,
    overrides: all.flatMap(({ path, flag, value }) => (value === undefined ? [] : [{ path, value, source: flag }])),
  });
}
