import { afterEach, describe, expect, test } from 'vitest';
import type { GpuSample, NvencBudget } from '../../../engine/api/hardware.ts';
import { NvencMeter, type NvencMeterParameters } from '../../../engine/gpu/nvenc-meter.ts';
import { eventually } from './fake-smi.ts';

/** A driver with a cap, as the meter meets it. */
class Driver {
  cap: number | null;
  open = 0;
  measurements = 0;
  gate: Promise<void> | undefined;

  constructor(cap: number | null) {
    this.cap = cap;
  }

  measure: NvencMeterParameters['measure'] = async ({ ours, others }) => {
    this.measurements += 1;
    await this.gate;
    const open = ours + others;
    const most = this.cap ?? 32;
    return {
      total: this.cap === null ? null : Math.max(open, most),
      used: open,
      ours,
      testedUpTo: Math.max(open, most),
      measuredAtMs: 1,
    };
  };
}

function sample(nvencSessions: number | null): GpuSample {
  return {
    uuid: 'GPU-1',
    atMs: 0,
    temperatureC: null,
    powerW: null,
    powerLimitW: null,
    utilisationPercent: null,
    encoderPercent: null,
    decoderPercent: null,
    memoryUsedBytes: null,
    nvencSessions,
  };
}

const meters: NvencMeter[] = [];
function meterOf(driver: Driver, rest: Partial<NvencMeterParameters> = {}): NvencMeter {
  const meter = new NvencMeter({ measure: driver.measure, ...rest });
  meters.push(meter);
  return meter;
}
afterEach(async () => {
  for (const meter of meters.splice(0)) await meter[Symbol.asyncDispose]();
});

describe('NvencMeter', () => {
  test('streams are admitted one session per rendition until the cap that was met', async () => {
    const meter = meterOf(new Driver(8));
    await meter.remeasure();
    const first = await meter.acquire(4);
    await meter.acquire(4);
    expect(meter.budget).toMatchObject({ total: 8, used: 8, ours: 8 });
    await expect(meter.acquire(1)).rejects.toMatchObject({
      code: 'nvenc-sessions-full',
      message: 'The NVIDIA driver allows 8 encoder sessions at once, 8 are in use, and this stream needs 1.',
    });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(meter.free).toBe(4);
  });

  test('without a known limit everything is admitted', async () => {
    const meter = meterOf(new Driver(null));
    expect(meter.budget).toBeNull();
    await meter.acquire(5);
    await meter.remeasure();
    expect(meter.budget).toMatchObject({ total: null, used: 5, ours: 5, testedUpTo: 32 });
    expect(meter.free).toBeNull();
  });

  test("other programs' sessions use the budget up and are named as the reason", async () => {
    const meter = meterOf(new Driver(5));
    await meter.remeasure();
    const lease = await meter.acquire(2);
    meter.observe([sample(5)]);
    expect(meter.budget).toMatchObject({ total: 5, used: 5, ours: 2 });
    await expect(meter.acquire(1)).rejects.toMatchObject({
      message: expect.stringContaining('(3 by other programs)'),
      nextStep: expect.stringContaining('OBS'),
    });
    meter.observe([sample(2)]);
    expect(meter.free).toBe(3);
    lease[Symbol.dispose]();
  });

  test('our own sessions that have just ended are not taken for those of others', async () => {
    const meter = meterOf(new Driver(5));
    await meter.remeasure();
    const lease = await meter.acquire(3);
    meter.observe([sample(3)]);
    lease[Symbol.dispose]();
    meter.observe([sample(3)]); // the driver's count lags behind
    expect(meter.budget).toMatchObject({ used: 0 });
    meter.observe([sample(3)]); // still there at the next look: they are somebody's
    expect(meter.budget).toMatchObject({ used: 3 });
  });

  test('a driver that does not tell its sessions changes nothing', async () => {
    const meter = meterOf(new Driver(5));
    await meter.remeasure();
    meter.observe([sample(null)]);
    meter.observe([]);
    expect(meter.budget).toMatchObject({ used: 0, total: 5 });
  });

  test('a refused session lowers the cap at once and it is met anew soon', async () => {
    const driver = new Driver(3);
    const initial: NvencBudget = { total: 8, used: 0, ours: 0, testedUpTo: 8, measuredAtMs: 1 };
    const meter = meterOf(driver, { initial, minIntervalMs: 30 });
    meter.start();
    const running = await meter.acquire(2);
    const refused = await meter.acquire(3);
    refused.refused();
    refused[Symbol.dispose]();
    expect(meter.budget).toMatchObject({ total: 2, used: 2 });
    await eventually(() => driver.measurements === 1, 'the cap is met anew');
    await eventually(() => meter.budget?.total === 3, 'the meter shows the new cap');
    expect(meter.free).toBe(1);
    running[Symbol.dispose]();
  });

  test('while idle the cap is met anew now and then, while streams run it is not', async () => {
    const driver = new Driver(5);
    const meter = meterOf(driver, { minIntervalMs: 10, idleIntervalMs: 10 });
    const lease = await meter.acquire(1);
    await meter.remeasure();
    meter.start();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(driver.measurements).toBe(1);
    driver.cap = 8;
    lease[Symbol.dispose]();
    await eventually(() => meter.budget?.total === 8, 'the new cap is met');
  });

  test('a stream that comes while the cap is being met waits for it, or gives up when told so', async () => {
    const driver = new Driver(2);
    let open: () => void = () => {};
    driver.gate = new Promise((resolve) => {
      open = resolve;
    });
    const meter = meterOf(driver);
    const measuring = meter.remeasure();
    const controller = new AbortController();
    const reason = new Error('stream ended');
    const givenUp = meter.acquire(1, controller.signal);
    const waiting = meter.acquire(2);
    controller.abort(reason);
    await expect(givenUp).rejects.toBe(reason);
    expect(meter.budget).toBeNull();
    open();
    await measuring;
    expect((await waiting).sessions).toBe(2);
    await expect(meter.acquire(1)).rejects.toMatchObject({ code: 'nvenc-sessions-full' });
  });

  test('sessions counted by the driver while we measure are our own and tell nothing', async () => {
    const driver = new Driver(5);
    let open: () => void = () => {};
    driver.gate = new Promise((resolve) => {
      open = resolve;
    });
    const meter = meterOf(driver);
    const measuring = meter.remeasure();
    meter.observe([sample(5)]);
    open();
    await measuring;
    expect(meter.free).toBe(5);
  });

  test('listeners hear each change', async () => {
    const meter = meterOf(new Driver(5));
    const seen: number[] = [];
    meter.onChange(({ used }) => seen.push(used));
    await meter.remeasure();
    const lease = await meter.acquire(2);
    lease[Symbol.dispose]();
    expect(seen).toEqual([0, 2, 0]);
  });
});
