import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../engine/base/clock.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { DeviceRegistry } from '../../../engine/fleet/devices.ts';
import { loadRemoteKey } from '../../../engine/fleet/remote-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-rig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the key that others pin', () => {
  test('is made once, for its owner only, and stays', async () => {
    const first = await loadRemoteKey(folder, systemClock);
    expect(first.pin).toMatch(/^[\w-]{43}$/);
    expect(statSync(path.join(folder, 'remote.key.pem')).mode & 0o777).toBe(0o600);
    expect(await loadRemoteKey(folder, systemClock)).toEqual(first);
  });

  test('stays when its certificate is renewed', async () => {
    const first = await loadRemoteKey(folder, systemClock);
    const later = { ...systemClock, nowMs: () => first.expiresAtMs - 1000 };
    const renewed = await loadRemoteKey(folder, later);
    expect(renewed.cert).not.toBe(first.cert);
    expect(renewed.expiresAtMs).toBeGreaterThan(first.expiresAtMs);
    expect(renewed.pin).toBe(first.pin);
  });

  test('a broken file is never replaced by a new key behind the person’s back', async () => {
    writeFileSync(path.join(folder, 'remote.key.pem'), 'nonsense');
    await expect(loadRemoteKey(folder, systemClock)).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('paired machines', () => {
  const open = () => DeviceRegistry.open(path.join(folder, 'devices.json'), systemClock, silentLog);

  test('are found by their token, which is nowhere in the file', async () => {
    const { device, token } = await (await open()).add('Laptop', 'full');
    const again = await open();
    expect(again.find(token)).toEqual(device);
    expect(again.find(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
    expect(again.find(undefined)).toBeUndefined();
    expect(again.find(device.hash)).toBeUndefined();
    expect(readFileSync(path.join(folder, 'devices.json'), 'utf8')).not.toContain(token);
  });

  test('revoked, are found no more', async () => {
    const registry = await open();
    const { device, token } = await registry.add('Laptop', 'full');
    await registry.revoke(device.id);
    expect(registry.find(token)).toBeUndefined();
    expect((await open()).devices).toEqual([]);
    await expect(registry.revoke(device.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a list that cannot be read lets nobody in', async () => {
    writeFileSync(path.join(folder, 'devices.json'), '{"version":1,"devices":[{"id":"x"}]}');
    expect((await open()).devices).toEqual([]);
  });
});
