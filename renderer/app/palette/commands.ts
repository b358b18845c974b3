import { useEffect } from 'react';
import { createStore } from 'zustand/vanilla';
import type { IconName } from '../../components/icons.tsx';

/** Groups of the palette, in their order. */
export const COMMAND_GROUPS = ['here', 'work', 'pages', 'settings', 'appearance', 'help'] as const;
/** A group of the palette. */
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/** Something that the palette can do. */
export interface Command {
  readonly id: string;
  readonly group: CommandGroup;
  /** In the page's language, as it is shown. */
  readonly title: string;
  /** More words that find it. */
  readonly words?: string;
  readonly icon?: IconName;
  /** Keys that do the same, as shown: `G, S`. */
  readonly keys?: string;
  run(): void;
}

/** What the pages offer beside the commands that are always there, by who offers it. */
export const commandStore = createStore<{ readonly offers: ReadonlyMap<string, readonly Command[]> }>(() => ({
  offers: new Map(),
}));

/** Offers a page's or a feature's commands; returns how to take them back. */
export function offerCommands(source: string, commands: readonly Command[]): () => void {
  commandStore.setState(({ offers }) => ({ offers: new Map(offers).set(source, commands) }));
  return () =>
    commandStore.setState(({ offers }) => {
      const left = new Map(offers);
      if (left.get(source) === commands) left.delete(source);
      return { offers: left };
    });
}

/** Offers commands while a component is shown. `commands` must keep its identity between renders (`useMemo`). */
export function useCommands(source: string, commands: readonly Command[]): void {
  useEffect(() => offerCommands(source, commands), [source, commands]);
}

/** Text for comparing: lower case, without accents. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/**
 * The commands that fit a search, best first; all of them, group by group, when it is empty. Every word must be found in the
 * title or the other words of a command; where a title or one of its words begins with it, that counts more.
 */
export function filterCommands(commands: readonly Command[], search: string): readonly Command[] {
  const wanted = plain(search).split(/\s+/).filter(Boolean);
  const ranked = commands.flatMap((command, index) => {
    const rank = rankOf(command, wanted);
    return rank === undefined ? [] : [{ command, index, rank }];
  });
  const byGroup = (command: Command) => COMMAND_GROUPS.indexOf(command.group);
  return ranked
    .sort((a, b) => b.rank - a.rank || byGroup(a.command) - byGroup(b.command) || a.index - b.index)
    .map(({ command }) => command);
}

function rankOf(command: Command, wanted: readonly string[]): number | undefined {
  const title = plain(command.title);
  const words = plain(command.words ?? '');
  let rank = 0;
  for (const word of wanted) {
    if (title.startsWith(word)) rank += 4;
    else if (title.split(/[\s:,/-]+/).some((part) => part.startsWith(word))) rank += 3;
    else if (title.includes(word)) rank += 2;
    else if (words.includes(word)) rank += 1;
    else return undefined;
  }
  return rank;
}
