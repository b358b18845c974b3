import type { Facts } from '../../../engine/availability/facts.ts';
import type { Clock } from '../../../engine/base/clock.ts';
import { type Config, defaultConfig } from '../../../engine/config/schema.ts';

/** A clock that tests set: the wall clock may jump, the monotonic one never does. */
export class TestClock implements Clock {
  wallMs: number;
  passedMs = 0;

  constructor(wallMs = Date.UTC(2026, 5, 1, 12)) {
    this.wallMs = wallMs;
  }

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.passedMs;
  }

  /** Time passes. */
  pass(ms: number): void {
    this.wallMs += ms;
    this.passedMs += ms;
  }
}

type Settings = Config['availability'];

export function settingsWith(changes: Partial<Settings>): Settings {
  return { ...defaultConfig().availability, ...changes };
}

/** Facts of a machine with two working cards on which nothing speaks against working. */
export function factsWith(changes: Partial<Facts> = {}): Facts {
  return {
    nowMs: Date.UTC(2026, 5, 1, 12),
    settings: settingsWith({}),
    devices: [
      { id: 'GPU-a', name: 'RTX A', kind: 'gpu', enabled: true, usable: true },
      { id: 'GPU-b', name: 'RTX B', kind: 'gpu', enabled: true, usable: true },
      { id: 'cpu', name: 'CPU', kind: 'cpu', enabled: true, usable: false },
    ],
    presence: { onBattery: false, idleSeconds: 5, locked: false, suspending: false },
    ownBattery: 'mains',
    temperatures: new Map([
      ['GPU-a', 70],
      ['GPU-b', 60],
    ]),
    hot: new Set(),
    needed: [],
    ...changes,
  };
}
