import type { NvencBudget } from '../api/hardware.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { type ProbeParameters, probeSessionsOf } from './probe.ts';

/** More than any known cap of GeForce drivers (12 at the end of 2025); beyond it a machine counts as unlimited. */
const DEFAULT_SESSION_BOUND = 32;

/** What is open already while the free sessions are counted. */
export interface MeasureParameters extends ProbeParameters {
  /** Sessions of this engine open now. */
  readonly ours?: number;
  /** Sessions of other programs open now, as far as the driver tells. */
  readonly others?: number;
  /** The cap is looked for up to this many sessions, open ones included. */
  readonly bound?: number;
  readonly clock?: Clock;
}

/**
 * Meets the cap on concurrent NVENC sessions by opening small H.264 sessions until the driver refuses one, and closes
 * them at once. Sessions that run are not touched: only free ones are used, for a fraction of a second. GeForce
 * drivers cap per system, so one card stands for all. Rejects with `nvenc-missing` when no session can be opened for
 * another reason than the cap, and like `probeSessionsOf`.
 */
export async function measureNvencSessions({
  ours = 0,
  others = 0,
  bound = DEFAULT_SESSION_BOUND,
  clock = systemClock,
  ...probe
}: MeasureParameters): Promise<NvencBudget> {
  const open = ours + others;
  const { opened, refusal } = await probeSessionsOf({ ...probe, bound: Math.max(1, bound - open) });
  if (refusal?.ok === false && refusal.cause !== 'sessions-full' && opened === 0 && open === 0) {
    throw new EngineError({
      code: refusal.cause === 'driver-old' ? 'gpu-driver-old' : 'nvenc-missing',
      message: refusal.reason,
      details: { cause: refusal.cause },
    });
  }
  return {
    total: refusal === undefined ? null : open + opened,
    used: open,
    ours,
    testedUpTo: open + opened,
    measuredAtMs: clock.nowMs(),
  };
}
