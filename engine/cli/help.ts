import type { Command } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';

/** One example: the command line, and what it does. */
export type Example = readonly [line: string, what: string];

/** Adds a section of examples behind a command's help. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => (what === '' ? `  ${line}` : `  ${line.padEnd(width)}  # ${what}`));
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The sections behind the program's own help: variables and exit codes. */
export function referenceText(variables: ReadonlyArray<readonly [string, string]>): string {
  const rows = (title: string, entries: ReadonlyArray<readonly [string, string]>): string => {
    const width = Math.max(...entries.map(([name]) => name.length));
    return `\n${title}\n${entries.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`).join('\n')}`;
  };
  return [
    rows('Environment (an option wins over its variable, a variable over the file):', variables),
    rows(
      'Exit codes:',
      EXIT_CODES.map(([code, what]) => [String(code), what] as const),
    ),
    '\nWith --json, stdout holds nothing but JSON: one document, or one object a line for commands that go on.',
    'Help on one command: siphon help <command>',
  ].join('\n');
}
