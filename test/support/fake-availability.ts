import type { AvailabilityRuleView, AvailabilityView } from '../../engine/api/availability.ts';

/** The rules as a desktop machine on mains sees them, nothing against working. */
export function availabilityOf(nowMs: number): AvailabilityView {
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
      rule('schedule', 'off', 'No schedule is set: Siphon works at any time.'),
      rule('battery', 'satisfied', 'The computer runs on mains power.'),
      rule('not-idle', 'off', 'Siphon works while the computer is used, too.'),
    ],
    ownPause: null,
    presence: { onBattery: false, idleSeconds: 12, locked: false, suspending: false, atMs: nowMs - 4000 },
    restingGpus: [],
    devices: [],
  };
}
