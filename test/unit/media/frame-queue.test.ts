import { describe, expect, test } from 'vitest';
import { FrameQueue } from '../../../engine/media/ffmpeg/frame-queue.ts';
import { WarmStore } from '../../../engine/media/ffmpeg/warm-store.ts';

describe('line between decoder and rendition', () => {
  test('keeps order and ends', async () => {
    const queue = new FrameQueue<number>(4);
    queue.push(1);
    queue.push(2);
    queue.end();
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([1, 2, undefined]);
  });

  test('makes the writer wait until there is room', async () => {
    const queue = new FrameQueue<number>(1);
    queue.push(1);
    let passed = false;
    const waiting = queue.room().then((room) => {
      passed = true;
      return room;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    await queue.next();
    expect(await waiting).toBe(true);
  });

  test('a reader that gives up lets the writer go and returns what is left', async () => {
    const queue = new FrameQueue<number>(1);
    queue.push(1);
    const waiting = queue.room();
    expect(queue.abandon()).toEqual([1]);
    expect(await waiting).toBe(false);
  });

  test('a failure reaches a waiting reader', async () => {
    const queue = new FrameQueue<number>(1);
    const next = queue.next();
    queue.fail(new Error('broken'));
    await expect(next).rejects.toThrow('broken');
  });
});

describe('what a session keeps warm', () => {
  class Thing implements Disposable {
    freed = 0;
    [Symbol.dispose](): void {
      this.freed += 1;
    }
  }

  test('comes back for the same key and is freed for another', () => {
    using store = new WarmStore();
    const thing = new Thing();
    store.put('slot', 'key', thing);
    expect(store.take('slot', 'key', Thing)).toBe(thing);
    store.put('slot', 'key', thing);
    expect(store.take('slot', 'other', Thing)).toBeUndefined();
    expect(thing.freed).toBe(1);
  });

  test('a lease that is not kept is freed', () => {
    using store = new WarmStore();
    const thing = new Thing();
    {
      using lease = store.lease('slot', 'key', Thing, () => thing);
      expect(lease.value).toBe(thing);
    }
    expect(thing.freed).toBe(1);
    const second = new Thing();
    {
      using lease = store.lease('slot', 'key', Thing, () => second);
      lease.keep();
    }
    expect(second.freed).toBe(0);
    expect(store.take('slot', 'key', Thing)).toBe(second);
  });
});
