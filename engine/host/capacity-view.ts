import type { Capacity } from '../api/media.ts';
import type { Log } from '../base/log.ts';
import type { Health } from '../health/health.ts';
import type { EngineState } from './state.ts';

/** Shows the capacity when it changed, and which devices rest after failing again and again. Returns whether it changed. */
export function showCapacity(capacity: Capacity, state: EngineState, health: Health, log: Log): boolean {
  const before = state.snapshot.capacity;
  if (before && JSON.stringify(before) === JSON.stringify(capacity)) return false;
  state.change({ capacity });
  for (const { device } of before?.devices ?? []) {
    if (!capacity.devices.some((other) => other.device === device)) health.clear(`gpu-quarantined:${device}`);
  }
  showQuarantines(capacity, before, health, log);
  return true;
}

function showQuarantines(capacity: Capacity, before: Capacity | null, health: Health, log: Log): void {
  for (const { device, quarantined } of capacity.devices) {
    const was = before?.devices.find((other) => other.device === device)?.quarantined ?? false;
    const key = `gpu-quarantined:${device}`;
    if (!quarantined) {
      health.clear(key);
      if (was) log.info({ device }, 'device is back at work');
      continue;
    }
    health.set({
      key,
      code: 'gpu-quarantined',
      severity: 'error',
      title: device === 'cpu' ? 'The CPU encoder rests' : 'A GPU rests after failing',
      text: `${device} failed several segments in a row and gets no work for now; other devices go on. It is tried again by itself.`,
      nextStep: 'If it keeps happening, see the log for the reason, and check the driver, temperature and power of the card.',
    });
  }
}
