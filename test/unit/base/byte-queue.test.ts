import { describe, expect, test } from 'vitest';
import { ByteQueue } from '../../../engine/base/byte-queue.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Notes what it is given: the lengths of the pieces that come together, `end`, or an error's message. */
class Taker {
  readonly seen: (number[] | string)[] = [];
  add(pieces: readonly Uint8Array[]): void {
    this.seen.push(pieces.map(({ length }) => length));
  }
  end(): void {
    this.seen.push('end');
  }
  fail(error: unknown): void {
    this.seen.push((error as Error).message);
  }
}

function taken(queue: ByteQueue): Taker {
  const taker = new Taker();
  queue.to(taker);
  return taker;
}

describe('bytes on their way', () => {
  test('wait for their taker', async () => {
    const queue = new ByteQueue();
    queue.add(bytes(1, 2));
    queue.add(bytes());
    queue.add(bytes(3));
    await turn();
    expect(taken(queue).seen).toEqual([[2, 1]]);
  });

  test('go on together when they come in the same turn, each once', async () => {
    const queue = new ByteQueue();
    const { seen } = taken(queue);
    queue.add(bytes(1, 2));
    queue.add(bytes(3));
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual([[2, 1]]);
    await turn();
    queue.add(bytes(4, 5, 6));
    queue.end();
    expect(seen).toEqual([[2, 1], [3], 'end']);
    queue.add(bytes(7));
    queue.end();
    await turn();
    expect(seen).toEqual([[2, 1], [3], 'end']);
  });

  test('are not kept back for more once they are a batch', async () => {
    const queue = new ByteQueue();
    const { seen } = taken(queue);
    queue.add(bytes(1));
    queue.add(new Uint8Array(64 * 1024));
    expect(seen).toEqual([[1, 65_536]]);
    queue.add(bytes(1));
    await turn();
    expect(seen).toEqual([[1, 65_536], [1]]);
  });

  test('that end before there is a taker are all given, then the end', () => {
    const queue = new ByteQueue();
    queue.add(bytes(1));
    queue.end();
    expect(taken(queue).seen).toEqual([[1], 'end']);
    const nothing = new ByteQueue();
    nothing.end();
    expect(taken(nothing).seen).toEqual(['end']);
  });

  test('that break off say so at once, and what had not gone on is lost', async () => {
    const queue = new ByteQueue();
    const { seen } = taken(queue);
    queue.add(bytes(1));
    queue.fail(new Error('gone'));
    queue.end();
    await turn();
    expect(seen).toEqual(['gone']);
    const early = new ByteQueue();
    early.add(bytes(1));
    early.fail(new Error('gone before'));
    expect(taken(early).seen).toEqual(['gone before']);
  });

  test('an error after the end changes nothing, and nobody takes them twice', () => {
    const queue = new ByteQueue();
    const { seen } = taken(queue);
    queue.end();
    queue.fail(new Error('too late'));
    expect(seen).toEqual(['end']);
    expect(() => taken(queue)).toThrow('taken already');
  });
});
