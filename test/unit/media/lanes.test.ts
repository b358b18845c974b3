import { describe, expect, test } from 'vitest';
import { parameterSets } from '../../../engine/media/ffmpeg/known-streams.ts';
import { Lanes } from '../../../engine/media/ffmpeg/lanes.ts';

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('order of codec calls', () => {
  function gate() {
    const opened: (() => void)[] = [];
    const order: string[] = [];
    const work = (name: string) => () => {
      order.push(name);
      return new Promise<void>((resolve) => opened.push(resolve));
    };
    return { order, work, finish: () => opened.shift()?.() };
  }

  test('no more run at once than there are slots', async () => {
    const lanes = new Lanes(2);
    const { order, work, finish } = gate();
    for (const name of ['a', 'b', 'c']) void lanes.lane(1)(work(name));
    await settle();
    expect(order).toEqual(['a', 'b']);
    finish();
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('the highest priority goes first, equal ones in their order', async () => {
    const lanes = new Lanes(1);
    const { order, work, finish } = gate();
    for (const [name, priority] of [
      ['first', 1],
      ['low', 1],
      ['high', 9],
      ['low too', 1],
      ['high too', 9],
    ] as const) {
      void lanes.lane(priority)(work(name));
    }
    for (let i = 0; i < 5; i++) {
      await settle();
      finish();
    }
    expect(order).toEqual(['first', 'high', 'high too', 'low', 'low too']);
  });

  test('whoever just finished and asks again goes before a lower one that waited', async () => {
    const lanes = new Lanes(1);
    const order: string[] = [];
    const big = async () => {
      for (const name of ['big 1', 'big 2']) await lanes.lane(9)(async () => void order.push(name));
    };
    await Promise.all([big(), lanes.lane(1)(async () => void order.push('small'))]);
    expect(order).toEqual(['big 1', 'big 2', 'small']);
  });

  test('a call that fails frees its slot', async () => {
    const lanes = new Lanes(1);
    await expect(
      lanes.lane(1)(async () => {
        throw new Error('failed');
      }),
    ).rejects.toThrow('failed');
    expect(await lanes.lane(1)(async () => 'next')).toBe('next');
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
