import { describe, expect, test } from 'vitest';
import { Turns } from '../../../engine/media/worker/turns.ts';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('turns of segments on a CPU', () => {
  test('as many are in as there are places; further ones come in the order they came', async () => {
    const turns = new Turns(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const turn = await turns.take(never, 60_000);
      order.push(name);
      return turn;
    };
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(enter);
    await settle();
    expect(order).toEqual(['a', 'b']);
    (await b)?.[Symbol.dispose]();
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
    expect(turns.inside).toBe(2);
    for (const turn of [a, c]) (await turn)?.[Symbol.dispose]();
    (await d)?.[Symbol.dispose]();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(turns.inside).toBe(0);
  });

  test('whoever has been patient enough comes in beside long ones, and makes no place for another', async () => {
    const turns = new Turns(1);
    using _long = await turns.take(never, 60_000);
    const patient = await turns.take(never, 20);
    expect(turns.inside).toBe(2);
    let third = false;
    void turns.take(never, 60_000).then(() => {
      third = true;
    });
    patient[Symbol.dispose]();
    await settle();
    expect(third).toBe(false);
  });

  test('error: one that is given up while it waits gives its place in the line up', async () => {
    const turns = new Turns(1);
    const first = await turns.take(never, 60_000);
    const controller = new AbortController();
    const given = turns.take(controller.signal, 60_000);
    const next = turns.take(never, 60_000);
    controller.abort(new Error('given up'));
    await expect(given).rejects.toThrow('given up');
    first[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    await expect(turns.take(controller.signal, 60_000)).rejects.toThrow('given up');
    expect(turns.inside).toBe(0);
  });

  test('a segment that is still coming in takes only a place that nobody uses, and keeps nobody out', async () => {
    const turns = new Turns(2);
    const early = [turns.early(), turns.early()];
    expect(turns.early()).toBeUndefined();
    const complete = await Promise.all([turns.take(never, 60_000), turns.take(never, 60_000)]);
    expect(turns.inside).toBe(4);
    for (const turn of [...early, ...complete]) turn?.[Symbol.dispose]();
    expect(turns.inside).toBe(0);
  });

  test('once it is complete it counts like the others', async () => {
    const turns = new Turns(1);
    const early = turns.early();
    early?.complete();
    early?.complete();
    let entered = false;
    const next = turns.take(never, 60_000).then((turn) => {
      entered = true;
      return turn;
    });
    await settle();
    expect(entered).toBe(false);
    early?.[Symbol.dispose]();
    early?.[Symbol.dispose]();
    early?.complete();
    (await next)[Symbol.dispose]();
    expect(turns.inside).toBe(0);
  });
});
