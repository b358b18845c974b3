import type { AvailabilityRuleView, AvailabilityView, DeviceUse } from '../../engine/api/availability.ts';
import type { Hardware } from '../../engine/api/hardware.ts';

/** What the scenario is about, as far as the rules see it. */
export interface AvailabilityScene {
  /** The computer runs on battery, and the schedule is closed too. */
  readonly onBattery: boolean;
  /** One card finishes its segments before it goes. */
  readonly oneGoes: boolean;
  readonly hardware: Hardware | null;
}

/** The devices, each in the state that goes with its card. */
function devicesOf({ hardware, oneGoes }: AvailabilityScene): DeviceUse[] {
  if (!hardware) return [];
  const cards = hardware.gpus.map(({ uuid, name, state }, index): DeviceUse => {
    const goes = oneGoes && index === hardware.gpus.length - 1;
    return {
      id: uuid,
      name,
      enabled: !goes,
      sessions: index === 1 ? 3 : 'auto',
      state: state === 'lost' ? 'lost' : goes ? 'draining' : 'working',
      streams: state === 'lost' ? 0 : 3 - index,
      workerPid: state === 'lost' ? null : 5000 + index,
    };
  });
  const cpu: DeviceUse = {
    id: 'cpu',
    name: hardware.cpu.model,
    enabled: true,
    sessions: 'auto',
    state: cards.length > 0 ? 'spare' : 'working',
    streams: cards.length > 0 ? 0 : 1,
    workerPid: cards.length > 0 ? null : 5000,
  };
  return [...cards, cpu];
}

/** The rules as a desktop machine sees them. */
export function availabilityOf(scene: AvailabilityScene, nowMs: number): AvailabilityView {
  const { onBattery } = scene;
  const rule = (name: AvailabilityRuleView['rule'], state: AvailabilityRuleView['state'], text: string) => ({
    rule: name,
    state,
    text,
    sinceMs: nowMs - 750_000,
  });
  return {
    rules: [
      rule('suspend', 'satisfied', 'The computer stays awake.'),
      rule('gpu-off', 'satisfied', 'A GPU is switched on.'),
      rule('heat', 'satisfied', 'The hottest GPU is at 71 °C; above 87 °C it would rest.'),
      rule('gpu-needed', 'satisfied', 'No other program needs a GPU.'),
      onBattery
        ? rule('schedule', 'active', 'The schedule is closed.')
        : rule('schedule', 'off', 'No schedule is set: Siphon works at any time.'),
      onBattery
        ? rule('battery', 'active', 'The computer runs on battery.')
        : rule('battery', 'satisfied', 'The computer runs on mains power.'),
      rule('not-idle', 'off', 'Siphon works while the computer is used, too.'),
    ],
    ownPause: null,
    presence: { onBattery, idleSeconds: 12, locked: false, suspending: false, atMs: nowMs - 4000 },
    restingGpus: [],
    devices: devicesOf(scene),
  };
}
