import { describe, expect, test, vi } from 'vitest';
import { LogSink } from '../../../engine/host/log-sink.ts';

const line = (msg: string): string => `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level: 30, msg })}\n`;

describe('the log’s last lines', () => {
  test('only what came after a line is given, in order', () => {
    const sink = new LogSink({ print: 'none' });
    for (const text of ['a', 'b', 'c']) sink.write(line(text));
    expect(sink.linesAfter().map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
    expect(sink.linesAfter(2).map(({ text }) => text)).toEqual(['c']);
    expect(sink.linesAfter(3)).toEqual([]);
  });

  test('lines that are kept no more are left out, whatever is asked for', () => {
    const sink = new LogSink({ print: 'none' });
    for (let index = 0; index < 10_005; index += 1) sink.write(line(String(index)));
    const kept = sink.linesAfter(0);
    expect([kept.length, kept[0]?.seq, kept.at(-1)?.seq]).toEqual([10_000, 6, 10_005]);
    expect(sink.linesAfter(10_004).map(({ seq }) => seq)).toEqual([10_005]);
  });
});

test('what comes from the network cannot steer the terminal that a line is printed on', () => {
  const print = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const sink = new LogSink({ print: 'pretty' });
    sink.write(
      `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', level: 30, msg: 'an invite was shown', id: '\u001b]0;owned\u0007', n: 'a\nb' })}\n`,
    );
    expect(String(print.mock.calls[0]?.[0])).toMatch(/an invite was shown {2}id=\?\]0;owned\? n=a\nb\n$/);
    expect(sink.lines[0]?.fields.id).toBe('\u001b]0;owned\u0007');
  } finally {
    print.mockRestore();
  }
});
