import { describe, expect, test } from 'vitest';
import { type DeviceChoice, deviceUse } from '../../../engine/host/devices.ts';

const choice = (state: DeviceChoice['state']): DeviceChoice => ({
  id: 'cpu',
  name: 'Processor',
  kind: 'cpu',
  enabled: state !== 'off',
  sessions: 'auto',
  usable: state === 'ready',
  state,
});

describe('how a device is shown', () => {
  test.each([
    ['ready', 7, false, 'working'],
    ['ready', undefined, false, 'starting'],
    ['ready', undefined, true, 'resting'],
    ['off', undefined, false, 'off'],
    // Just switched off: not "off" before its process has ended, since that says that none uses it.
    ['off', 7, false, 'draining'],
    ['lost', 7, false, 'lost'],
  ] as const)('%s, process %s, resting %s: %s', (state, pid, resting, shown) => {
    expect(deviceUse(choice(state), { streams: 0, pid, resting, activity: undefined })).toMatchObject({
      state: shown,
      workerPid: pid ?? null,
    });
  });

  test('what happens to it just now wins', () => {
    const activity = { kind: 'failed', text: 'why' } as const;
    expect(deviceUse(choice('ready'), { streams: 0, pid: 7, resting: false, activity })).toMatchObject({
      state: 'failed',
      text: 'why',
    });
  });
});
