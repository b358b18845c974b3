import { describe, expect, test } from 'vitest';
import { GrowingBytes } from '../../../engine/media/ffmpeg/growing-bytes.ts';

const BLOCK = 256 * 1024;
const bytes = (...values: number[]) => Uint8Array.from(values);
const pattern = (length: number, from = 0) => Uint8Array.from({ length }, (_, index) => ((from + index) * 31) % 251);
const tick = () => new Promise((resolve) => setTimeout(resolve, 2));

/** All that is there, read as FFmpeg would. */
function read(growing: GrowingBytes, most: number): number[] {
  const all: number[] = [];
  for (let part = growing.at(0, most); part.length > 0; part = growing.at(all.length, most)) all.push(...part);
  return all;
}

describe('bytes that are coming in', () => {
  test('are read by position, as many as lie together', () => {
    using growing = new GrowingBytes();
    for (const piece of [bytes(0, 1, 2), bytes(), bytes(3), bytes(4, 5, 6, 7)]) growing.add(piece);
    expect(growing.size).toBe(8);
    for (let position = 0; position < 8; position += 1) expect([...growing.at(position, 1)]).toEqual([position]);
    expect([...growing.at(1, 9)]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...growing.at(4, 3)]).toEqual([4, 5, 6]);
    for (const position of [8, 90, BLOCK, 5 * BLOCK]) expect([...growing.at(position, 3)]).toEqual([]);
  });

  test.each([1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])('come out as they went in, in pieces of %i bytes', (size) => {
    using growing = new GrowingBytes();
    const whole = pattern(2 * BLOCK + 77);
    for (let at = 0; at < whole.length; at += size) growing.add(whole.subarray(at, at + size));
    expect(growing.size).toBe(whole.length);
    expect(Buffer.from(read(growing, 10_000)).equals(whole)).toBe(true);
    expect(Buffer.from(growing.at(BLOCK - 2, 100))).toEqual(Buffer.from(whole.subarray(BLOCK - 2, BLOCK)));
  });

  test('are copies: what they were added from may be used again', () => {
    using growing = new GrowingBytes();
    const buffer = pattern(100);
    growing.add(buffer);
    buffer.fill(0);
    expect(Buffer.from(growing.at(0, 100)).equals(pattern(100))).toBe(true);
  });

  test('lie in blocks that the next ones use, and nobody before', () => {
    const first = new GrowingBytes();
    first.add(pattern(10));
    const other = new GrowingBytes();
    other.add(pattern(10, 1));
    expect(other.at(0, 1).buffer).not.toBe(first.at(0, 1).buffer);
    const block = first.at(0, 1).buffer;
    first[Symbol.dispose]();
    first.add(pattern(10));
    expect([first.size, first.at(0, 9).length]).toEqual([0, 0]);
    using next = GrowingBytes.of(pattern(10, 2));
    expect(next.at(0, 1).buffer).toBe(block);
    expect(Buffer.from(other.at(0, 10)).equals(pattern(10, 1))).toBe(true);
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    using a = GrowingBytes.of(pattern(1));
    using b = GrowingBytes.of(pattern(1));
    expect(a.at(0, 1).buffer).not.toBe(b.at(0, 1).buffer);
  });

  test('are waited for until there are enough, or all', async () => {
    using growing = new GrowingBytes();
    const seen: string[] = [];
    void growing.until(2).then(() => seen.push('two'));
    void growing.until(100).then(() => seen.push('hundred or all'));
    growing.add(bytes(1));
    await tick();
    expect(seen).toEqual([]);
    growing.add(bytes(2));
    await tick();
    expect(seen).toEqual(['two']);
    expect(growing.ended).toBe(false);
    growing.end();
    growing.add(bytes(3));
    await tick();
    expect(seen).toEqual(['two', 'hundred or all']);
    expect([growing.ended, growing.size]).toEqual([true, 2]);
    await growing.until(1000);
  });

  test('fail whoever waits when they break off, now and later', async () => {
    using growing = new GrowingBytes();
    growing.add(bytes(1));
    const waiting = growing.until(2);
    growing.fail(new Error('the line is dead'));
    growing.end();
    await expect(waiting).rejects.toThrow('the line is dead');
    await expect(growing.until(1)).rejects.toThrow('the line is dead');
    expect(growing.ended).toBe(false);
  });

  test('an error after the end changes nothing', async () => {
    using growing = GrowingBytes.of(bytes(1, 2));
    growing.fail(new Error('too late'));
    await growing.until(9);
    expect([...growing.at(0, 9)]).toEqual([1, 2]);
  });
});
