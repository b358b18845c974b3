import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../engine/base/clock.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { DeviceRegistry } from '../../../engine/fleet/devices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'siphon-devices-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => DeviceRegistry.open(path.join(folder, 'devices.json'), systemClock, silentLog);

test('a machine that is revoked while others are written down stays out after a restart', async () => {
  const registry = await open();
  const added = await Promise.all(Array.from({ length: 20 }, (_, index) => registry.add(`Machine ${index}`, 'full')));
  const [first, ...others] = added.map(({ device }) => device.id);
  expect((await open()).devices).toHaveLength(20);
  for (const id of others) await Promise.all([registry.seen(first ?? ''), registry.revoke(id)]);
  await Promise.all(others.map((id) => registry.seen(id)));
  expect((await open()).devices.map(({ id }) => id)).toEqual([first]);
});
