import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../engine/orchestrator/outbox.ts';

interface Fates {
  readonly sent: string[];
  readonly dropped: string[];
}

function push(outbox: Outbox<string>, message: string, fates: Fates): boolean {
  return outbox.push({ message, onSent: () => fates.sent.push(message), onDropped: () => fates.dropped.push(message) });
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('the outbox', () => {
  test('gives messages in order, and calls one sent when the next is asked for', async () => {
    const outbox = new Outbox<string>(10);
    const fates: Fates = { sent: [], dropped: [] };
    const stream = outbox.drain(new AbortController().signal);
    push(outbox, 'a', fates);
    push(outbox, 'b', fates);
    expect((await stream.next()).value).toBe('a');
    expect(fates.sent).toEqual([]);
    expect((await stream.next()).value).toBe('b');
    expect(fates.sent).toEqual(['a']);
    const last = stream.next();
    await tick();
    expect(fates.sent).toEqual(['a', 'b']);
    push(outbox, 'c', fates);
    expect((await last).value).toBe('c');
  });

  test('a full or closed one refuses and calls nothing', () => {
    const outbox = new Outbox<string>(1);
    const fates: Fates = { sent: [], dropped: [] };
    expect(push(outbox, 'a', fates)).toBe(true);
    expect(push(outbox, 'b', fates)).toBe(false);
    outbox.close();
    expect(push(outbox, 'c', fates)).toBe(false);
    expect(fates).toEqual({ sent: [], dropped: ['a'] });
  });

  test('an abort ends a waiting stream', async () => {
    const outbox = new Outbox<string>(1);
    const controller = new AbortController();
    const next = outbox.drain(controller.signal).next();
    await tick();
    controller.abort();
    expect((await next).done).toBe(true);
  });

  test('a message whose stream breaks while it is written is dropped, as are those behind it', async () => {
    const outbox = new Outbox<string>(10);
    const controller = new AbortController();
    const fates: Fates = { sent: [], dropped: [] };
    const stream = outbox.drain(controller.signal);
    push(outbox, 'a', fates);
    push(outbox, 'b', fates);
    await stream.next();
    controller.abort();
    await stream.return();
    expect(fates).toEqual({ sent: [], dropped: ['b', 'a'] });
  });
});
