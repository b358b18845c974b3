import { describe, expect, test } from 'vitest';
import { type Command, commandStore, filterCommands, offerCommands } from '../../../renderer/app/palette/commands.ts';

const command = (id: string, group: Command['group'], title: string, words?: string): Command => ({
  id,
  group,
  title,
  ...(words === undefined ? {} : { words }),
  run: () => undefined,
});

const COMMANDS = [
  command('page-home', 'pages', 'Go to Home', 'open show page'),
  command('page-settings', 'pages', 'Go to Settings', 'open show page'),
  command('pause', 'work', 'Pause until I resume', 'stop rest'),
  command('theme-dark', 'appearance', 'Theme: Dark', 'appearance'),
  command('de', 'appearance', 'Über Siphon', 'seite'),
];
const ids = (search: string) => filterCommands(COMMANDS, search).map(({ id }) => id);

describe('finding a command', () => {
  test('an empty search shows all, group by group', () => {
    expect(ids(' ')).toEqual(['pause', 'page-home', 'page-settings', 'theme-dark', 'de']);
  });

  test('every word must fit, in the title or in the words beside it', () => {
    expect(ids('go settings')).toEqual(['page-settings']);
    expect(ids('open home')).toEqual(['page-home']);
    expect(ids('go nonsense')).toEqual([]);
  });

  test('a title that begins with the word comes before one that only has it', () => {
    expect(ids('pa')).toEqual(['pause', 'page-home', 'page-settings']);
    expect(ids('dark')).toEqual(['theme-dark']);
  });

  test('accents and case do not matter', () => {
    expect(ids('uber')).toEqual(['de']);
    expect(ids('ÜBER')).toEqual(['de']);
  });
});

describe('commands that pages offer', () => {
  test('are there until they are taken back, and a newer offer is not taken back by an older one', () => {
    const first = [command('a', 'here', 'A')];
    const second = [command('b', 'here', 'B')];
    const endFirst = offerCommands('logs', first);
    const endSecond = offerCommands('logs', second);
    endFirst();
    expect(commandStore.getState().offers.get('logs')).toBe(second);
    endSecond();
    expect(commandStore.getState().offers.has('logs')).toBe(false);
  });
});
