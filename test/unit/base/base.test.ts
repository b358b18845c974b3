import { describe, expect, test, vi } from 'vitest';
import { deadline, isTimeout, sleep, untilAborted } from '../../../engine/base/abort.ts';
import { Backoff, RECONNECT_BACKOFF } from '../../../engine/base/backoff.ts';
import { BoundedQueue } from '../../../engine/base/bounded-queue.ts';
import { Disposables } from '../../../engine/base/disposables.ts';
import { Emitter } from '../../../engine/base/emitter.ts';
import { EngineError, isAbortError, toEngineError } from '../../../engine/base/errors.ts';
import { createLog } from '../../../engine/base/log.ts';

describe('sleep and deadline', () => {
  test('sleep ends at once with the reason when its signal aborts', async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(sleep(1, controller.signal)).rejects.toThrow('enough');
  });

  test('a deadline aborts with a timeout that names what took too long', async () => {
    using limit = deadline(10, 'The download');
    await expect(sleep(60_000, limit.signal)).rejects.toMatchObject({
      code: 'timeout',
      message: 'The download took longer than 0.01 s',
    });
    expect(isTimeout(limit.signal.reason)).toBe(true);
  });

  test("a deadline passes on its parent's reason first", async () => {
    const parent = new AbortController();
    using limit = deadline(60_000, 'The upload', parent.signal);
    parent.abort(new Error('stopping'));
    await expect(untilAborted(new Promise(() => {}), limit.signal)).rejects.toThrow('stopping');
  });

  test('a disposed deadline never fires', async () => {
    const limit = deadline(10, 'x');
    limit[Symbol.dispose]();
    await sleep(30);
    expect(limit.signal.aborted).toBe(false);
  });
});

describe('Backoff', () => {
  test('grows as the reference does, up to a minute, and starts over after reset', () => {
    const backoff = new Backoff(RECONNECT_BACKOFF, () => 0.5);
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([500, 750, 1125]);
    for (let n = 0; n < 30; n += 1) backoff.next();
    expect(backoff.next()).toBe(60_000);
    backoff.reset();
    expect(backoff.next()).toBe(500);
  });

  test('spreads by half the interval each way', () => {
    expect(new Backoff(RECONNECT_BACKOFF, () => 0).next()).toBe(250);
    expect(new Backoff(RECONNECT_BACKOFF, () => 1).next()).toBe(750);
  });
});

describe('BoundedQueue', () => {
  test('refuses what is over its bound, or drops the oldest', () => {
    const refusing = new BoundedQueue<number>(2, 'refuse');
    expect([refusing.push(1), refusing.push(2), refusing.push(3)]).toEqual([true, true, false]);
    const dropping = new BoundedQueue<number>(2, 'drop-oldest');
    expect([dropping.push(1), dropping.push(2), dropping.push(3)]).toEqual([true, true, true]);
    expect([refusing.size, dropping.size, dropping.dropped]).toEqual([2, 2, 1]);
  });

  test('hands items to a waiting reader in order and ends when closed', async () => {
    const queue = new BoundedQueue<number>(10, 'refuse');
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    for (const item of [1, 2, 3]) queue.push(item);
    await sleep(1);
    queue.push(4);
    queue.close();
    expect(queue.push(5)).toBe(false);
    await reading;
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

describe('Disposables', () => {
  test('releases in reverse order, all of them even when one fails, and reports the first failure', async () => {
    const order: string[] = [];
    const owner = new Disposables();
    owner.use({ [Symbol.dispose]: () => void order.push('first') });
    owner.defer(() => {
      throw new Error('stuck');
    });
    owner.use({
      [Symbol.asyncDispose]: async () => {
        await sleep(1);
        order.push('last');
      },
    });
    await expect(owner[Symbol.asyncDispose]()).rejects.toThrow('stuck');
    await owner[Symbol.asyncDispose]();
    expect(order).toEqual(['last', 'first']);
  });
});

describe('Emitter', () => {
  test('a listener that throws does not keep the others from hearing', () => {
    const failed = vi.fn();
    const emitter = new Emitter<number>(failed);
    const heard = vi.fn();
    emitter.on(() => {
      throw new Error('bad listener');
    });
    const subscription = emitter.on(heard);
    emitter.emit(1);
    subscription[Symbol.dispose]();
    emitter.emit(2);
    expect(heard.mock.calls).toEqual([[1]]);
    expect(failed).toHaveBeenCalledTimes(2);
  });
});

describe('errors', () => {
  test('an engine error crosses borders as code, text and next step only', () => {
    const error = new EngineError({
      code: 'port-in-use',
      message: 'Port 1 is used',
      nextStep: 'Choose another.',
      details: { port: 1 },
      cause: new Error('x'),
    });
    expect(error.toInfo()).toEqual({ code: 'port-in-use', message: 'Port 1 is used', nextStep: 'Choose another.' });
    expect(toEngineError(error)).toBe(error);
    expect(toEngineError('odd', 'download-failed')).toMatchObject({ code: 'download-failed', message: 'odd', cause: 'odd' });
  });

  test('an abort is told apart from a failure', () => {
    expect(isAbortError(AbortSignal.abort().reason)).toBe(true);
    expect(isAbortError(new EngineError({ code: 'aborted', message: '' }))).toBe(true);
    expect(isAbortError(new Error('x'))).toBe(false);
  });
});

describe('log', () => {
  test('secrets never reach a line, however deep, and errors keep their cause', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } });
    log.info({ secret: 'hunter2', link: { token: 'hunter2' }, a: { b: { password: 'hunter2' } } }, 'joining');
    log.error({ err: new EngineError({ code: 'internal', message: 'outer', cause: new Error('inner') }) }, 'failed');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain('[secret]');
    expect(lines[1]).toContain('inner');
  });
});
