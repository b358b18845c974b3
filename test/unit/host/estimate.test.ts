import { describe, expect, test } from 'vitest';
import type { Estimate } from '../../../engine/api/estimate.ts';
import type { Capacity } from '../../../engine/api/media.ts';
import { systemClock } from '../../../engine/base/clock.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import { silentLog } from '../../../engine/base/log.ts';
import {
  EstimateService,
  emptyEstimate,
  estimateRows,
  LADDER_PIXELS_PER_SECOND,
  type Measurable,
  weiPerDay,
} from '../../../engine/host/estimate.ts';
import type { MeasureOptions } from '../../../engine/media/benchmark.ts';
import { rational } from '../../../engine/payments/rational.ts';

const row = (id: string, price: string) => ({ id, name: id, price });

describe('estimate', () => {
  test('one stream of the standard ladder encodes 49.9 million pixels a second', () => {
    expect(LADDER_PIXELS_PER_SECOND).toBe(30n * (426n * 240n + 640n * 360n + 854n * 480n + 1280n * 720n));
    expect(LADDER_PIXELS_PER_SECOND).toBe(49_924_800n);
  });

  test('streams × pixels × seconds × price, exact to the wei', () => {
    const work = { streams: 8, pixelsPerSecond: LADDER_PIXELS_PER_SECOND, hoursPerDay: 24 };
    expect(weiPerDay(work, rational(1000n))).toBe(34_508_021_760_000_000n);
    // Beyond what a double holds exactly, and with a fraction of a wei for each pixel.
    expect(weiPerDay({ ...work, streams: 997, hoursPerDay: 23 }, rational(123_456_789_012_345_679n, 7n))).toBe(
      (997n * 49_924_800n * 23n * 3600n * 123_456_789_012_345_679n) / 7n,
    );
  });

  test('what is not measured earns nothing that can be told; a price of 0 earns 0', () => {
    const work = { streams: null, pixelsPerSecond: LADDER_PIXELS_PER_SECOND, hoursPerDay: 24 };
    expect(weiPerDay(work, rational(1n))).toBeNull();
    expect(weiPerDay({ ...work, streams: 3 }, rational(0n))).toBe(0n);
  });

  test('a price in a currency without an exchange rate is shown without a sum', () => {
    const work = { streams: 1, pixelsPerSecond: 1000n, hoursPerDay: 1 };
    const [usd, eth, fraction] = estimateRows([row('a', '0.02USD/1e12pixels'), row('b', '1e-12 ETH'), row('c', '0.5wei')], work);
    expect(usd).toMatchObject({ weiPerPixel: null, weiPerDay: null });
    expect(eth).toMatchObject({ weiPerPixel: { wei: '1000000', pixels: '1' }, weiPerDay: '3600000000000' });
    expect(fraction).toMatchObject({ weiPerPixel: { wei: '1', pixels: '2' }, weiPerDay: '1800000' });
  });

  test('a text that is no price is refused', () => {
    expect(() => estimateRows([row('a', 'much')], { streams: 1, pixelsPerSecond: 1n, hoursPerDay: 1 })).toThrow(EngineError);
  });

  test('before anything is known there is the documented reference price, and no sum', () => {
    expect(emptyEstimate()).toMatchObject({ streams: null, rows: [{ id: 'reference', price: '1000wei', weiPerDay: null }] });
  });
});

const CAPACITY: Capacity = {
  sessions: 6,
  source: 'benchmark',
  devices: [{ device: 'cpu', sessions: 6, boundBy: 'speed', quarantined: false }],
};

function serviceWith(measure: (options: MeasureOptions) => Promise<void>, kept = new Map<string, unknown>()) {
  let known = false;
  const work: Measurable = {
    measure: async (options) => {
      await measure(options);
      known = true;
    },
    measured: () => (known ? { capacity: CAPACITY, names: new Map([['cpu', 'Ryzen']]) } : null),
    measureLimitMs: () => 15_000,
  };
  const store = { getValue: (key: string) => kept.get(key), setValue: (key: string, value: unknown) => kept.set(key, value) };
  const shown: Estimate[] = [];
  const service = new EstimateService({
    store: store as never,
    work,
    clock: systemClock,
    log: silentLog,
    onChange: (estimate) => shown.push(estimate),
  });
  const ended = () => expect.poll(() => shown.at(-1)?.measurement.state).not.toBe('running');
  return { service, shown, ended, kept };
}

describe('measuring on request', () => {
  test('shows each trial as it comes, then the streams and what they would earn', async () => {
    const { service, shown, ended } = serviceWith(async ({ onTrial }) => {
      onTrial?.({ device: 'cpu', sessions: 1, ratio: 0.3 });
      onTrial?.({ device: 'cpu', sessions: 2, ratio: Number.POSITIVE_INFINITY });
    });
    service.start();
    expect(service.view.measurement).toMatchObject({ state: 'running', limitMs: 15_000 });
    await ended();
    expect(shown.at(-1)).toMatchObject({
      streams: 6,
      devices: [{ device: 'cpu', name: 'Ryzen' }],
      measurement: {
        state: 'done',
        trials: [
          { sessions: 1, ratio: 0.3 },
          { sessions: 2, ratio: null },
        ],
      },
      rows: [{ weiPerDay: String(6n * LADDER_PIXELS_PER_SECOND * 86_400n * 1000n) }],
    });
  });

  test('only one at a time, and it can be cancelled and begun again', async () => {
    const { service, shown, ended } = serviceWith(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    service.start();
    expect(() => service.start()).toThrow(/already/);
    service.cancel();
    await ended();
    expect(shown.at(-1)?.measurement.state).toBe('cancelled');
    await expect.poll(() => service.start()).toBeUndefined();
    service.cancel();
    await ended();
  });

  test('a failure is told with its next step', async () => {
    const { service, shown, ended } = serviceWith(() =>
      Promise.reject(new EngineError({ code: 'not-ready', message: 'Not yet', nextStep: 'Wait.' })),
    );
    service.start();
    await ended();
    expect(shown.at(-1)?.measurement).toMatchObject({ state: 'failed', error: { code: 'not-ready', nextStep: 'Wait.' } });
  });

  test('the table is kept; one that is not understood any more gives way to the default', () => {
    const first = serviceWith(() => Promise.resolve());
    first.service.set({ hoursPerDay: 8, rows: [row('pool', '700wei')] });
    expect(serviceWith(() => Promise.resolve(), first.kept).service.view).toMatchObject({
      hoursPerDay: 8,
      rows: [{ id: 'pool' }],
    });
    expect(() => first.service.set({ hoursPerDay: 9, rows: [row('pool', 'x')] })).toThrow(EngineError);
    expect(first.service.view.hoursPerDay).toBe(8);
    first.kept.set('estimate', { hoursPerDay: 99 });
    expect(serviceWith(() => Promise.resolve(), first.kept).service.view.hoursPerDay).toBe(24);
  });
});
