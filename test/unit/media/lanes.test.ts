import { describe, expect, test } from 'vitest';
import { parameterSets } from '../../../engine/media/ffmpeg/known-streams.ts';
import { Lanes, type LaneWork } from '../../../engine/media/ffmpeg/lanes.ts';

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('order of codec calls', () => {
  /** A lane's work with as much left as is said. */
  function work(facts: Partial<LaneWork> & { left?: number } = {}): LaneWork {
    const { left = 1, ...rest } = facts;
    return { remaining: () => left, threads: 1, dueMs: 0, place: 0, ...rest };
  }

  /** Calls that last until they are told to finish, the longest running first. */
  function gate() {
    const opened: (() => void)[] = [];
    const order: string[] = [];
    const call = (name: string) => () => {
      order.push(name);
      return new Promise<void>((resolve) => opened.push(resolve));
    };
    return { order, call, finish: () => opened.shift()?.() };
  }

  /** The order in which calls begin that all wait for the one slot; the first runs already. */
  async function orderOf(cores: number, calls: readonly (readonly [string, LaneWork | 'first'])[]): Promise<string[]> {
    const lanes = new Lanes({ cores, slots: 1 });
    const { order, call, finish } = gate();
    void lanes.lane(work({ left: 0 }))(call('running'));
    for (const [name, its] of calls) void (its === 'first' ? lanes.first() : lanes.lane(its))(call(name));
    for (let i = 0; i <= calls.length; i++) {
      await settle();
      finish();
    }
    return order.slice(1);
  }

  test('no more run at once than there are slots', async () => {
    const lanes = new Lanes({ cores: 2, slots: 2 });
    const { order, call, finish } = gate();
    for (const name of ['a', 'b', 'c']) void lanes.lane(work())(call(name));
    await settle();
    expect(order).toEqual(['a', 'b']);
    finish();
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('what everything waits for goes first', async () => {
    const [large, small] = [work({ left: 100 }), work({ left: 1 })];
    expect(
      await orderOf(2, [
        ['small', small],
        ['large', large],
        ['decode', 'first'],
      ]),
    ).toEqual(['decode', 'large', 'small']);
  });

  test('a work that would end after all others must not wait, though it is sent last', async () => {
    // 60 of 110 on two cores: begun late, it would still run when the rest have ended.
    const calls = [
      ['240p', work({ left: 10, place: 0 })],
      ['360p', work({ left: 40, place: 1 })],
      ['720p', work({ left: 60, place: 2 })],
    ] as const;
    expect(await orderOf(2, calls)).toEqual(['720p', '360p', '240p']);
  });

  test('a work that fills two cores by itself may wait for the others', async () => {
    const calls = [
      ['720p', work({ left: 60, place: 2, threads: 2 })],
      ['360p', work({ left: 40, place: 1 })],
      ['240p', work({ left: 10, place: 0 })],
    ] as const;
    expect(await orderOf(2, calls)).toEqual(['240p', '360p', '720p']);
  });

  test('when nothing presses, the segment that is due first goes first, and of that the rendition that is sent first', async () => {
    const calls = [
      ['late 0', work({ dueMs: 2000, place: 0, left: 40 })],
      ['soon 1', work({ dueMs: 1000, place: 1, left: 30 })],
      ['soon 0', work({ dueMs: 1000, place: 0, left: 10 })],
      ['late 1', work({ dueMs: 2000, place: 1, left: 40 })],
    ] as const;
    expect(await orderOf(1, calls)).toEqual(['soon 0', 'soon 1', 'late 0', 'late 1']);
  });

  test('calls of one work go in their order', async () => {
    const same = work();
    const calls = [
      ['1', same],
      ['2', same],
      ['3', same],
    ] as const;
    expect(await orderOf(2, calls)).toEqual(['1', '2', '3']);
  });

  test('whoever just finished and asks again goes before another that waited', async () => {
    const lanes = new Lanes({ cores: 2, slots: 1 });
    const order: string[] = [];
    const big = work({ left: 9 });
    const run = async () => {
      for (const name of ['big 1', 'big 2']) await lanes.lane(big)(async () => void order.push(name));
    };
    await Promise.all([run(), lanes.lane(work())(async () => void order.push('small'))]);
    expect(order).toEqual(['big 1', 'big 2', 'small']);
  });

  test('a call that fails frees its slot', async () => {
    const lanes = new Lanes({ cores: 1, slots: 1 });
    await expect(
      lanes.lane(work())(async () => {
        throw new Error('failed');
      }),
    ).rejects.toThrow('failed');
    expect(await lanes.lane(work())(async () => 'next')).toBe('next');
  });
});

describe('parameter sets of a key frame', () => {
  const nal = (...bytes: number[]) => Buffer.from([0, 0, 1, ...bytes]);

  test('are what stands before the first slice', () => {
    const unit = Buffer.concat([nal(9, 16), nal(0x67, 1, 2), nal(0x68, 3), nal(6, 5), nal(0x65, 0x67, 9), nal(0x67, 9)]);
    expect([...parameterSets(unit)]).toEqual([0x67, 1, 2, 0x68, 3]);
  });

  test('of HEVC are found too', () => {
    const unit = Buffer.concat([
      nal(0x46, 1, 0x50),
      nal(0x40, 1, 7),
      nal(0x42, 1, 8),
      nal(0x44, 1, 9),
      nal(0x26, 1, 5),
      nal(0x42, 1, 1),
    ]);
    expect([...parameterSets(unit)]).toEqual([0x40, 1, 7, 0x42, 1, 8, 0x44, 1, 9]);
  });

  test('none are none', () => {
    expect(parameterSets(Buffer.from('no start code here'))).toHaveLength(0);
    expect(parameterSets(nal(0x65, 1, 2))).toHaveLength(0);
  });
});
