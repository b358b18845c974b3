import { describe, expect, test } from 'vitest';
import { GrowingBytes } from '../../../engine/base/growing-bytes.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const tick = () => new Promise((resolve) => setTimeout(resolve, 2));

describe('bytes that are coming in', () => {
  test('are read by position, as many as lie together', () => {
    const growing = new GrowingBytes();
    for (const piece of [bytes(0, 1, 2), bytes(), bytes(3), bytes(4, 5, 6, 7)]) growing.add(piece);
    expect(growing.size).toBe(8);
    for (let position = 0; position < 8; position += 1) expect(growing.at(position, 1)).toEqual(bytes(position));
    expect(growing.at(1, 9)).toEqual(bytes(1, 2));
    expect(growing.at(4, 3)).toEqual(bytes(4, 5, 6));
    expect(growing.at(8, 3)).toEqual(bytes());
    expect(growing.at(90, 3)).toEqual(bytes());
  });

  test('are waited for until there are enough, or all', async () => {
    const growing = new GrowingBytes();
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
    const growing = new GrowingBytes();
    growing.add(bytes(1));
    const waiting = growing.until(2);
    growing.fail(new Error('the line is dead'));
    growing.end();
    await expect(waiting).rejects.toThrow('the line is dead');
    await expect(growing.until(1)).rejects.toThrow('the line is dead');
    expect(growing.ended).toBe(false);
  });

  test('an error after the end changes nothing', async () => {
    const growing = GrowingBytes.of(bytes(1, 2));
    growing.fail(new Error('too late'));
    await growing.until(9);
    expect(growing.at(0, 9)).toEqual(bytes(1, 2));
  });

  test('an iteration gives what came since its last step, then ends', async () => {
    const growing = new GrowingBytes();
    const steps: number[][] = [];
    const iterating = (async () => {
      for await (const pieces of growing) steps.push(pieces.map(({ length }) => length));
    })();
    growing.add(bytes(1, 2));
    growing.add(bytes(3));
    await tick();
    expect(steps).toEqual([[2, 1]]);
    growing.add(bytes(4, 5, 6));
    growing.end();
    await iterating;
    expect(steps).toEqual([[2, 1], [3]]);
  });

  test('an iteration ends with the error, and that of nothing at once', async () => {
    const growing = new GrowingBytes();
    growing.add(bytes(1));
    growing.fail(new Error('gone'));
    await expect(growing[Symbol.asyncIterator]().next()).rejects.toThrow('gone');
    const nothing = new GrowingBytes();
    nothing.end();
    expect(await nothing[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});
