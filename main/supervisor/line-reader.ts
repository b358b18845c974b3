import type { Readable } from 'node:stream';

/** Longest line kept, characters; what is longer is cut. */
const LONGEST_LINE = 64 * 1024;

/** Calls back with each line of a stream of text; a last one without a line break too. Errors of the stream end it. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
  stream.on('error', () => {});
}
