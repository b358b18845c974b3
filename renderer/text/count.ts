import type { Formats } from './formats.ts';

/** A count with its noun in the right form; English and German have two. */
export function count(formats: Formats, value: number, one: string, other: string): string {
  return `${formats.integer(value)} ${formats.plural(value) === 'one' ? one : other}`;
}
