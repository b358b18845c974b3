import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLEET_LIMIT } from '../../../engine/api/fleet.ts';
import { systemClock } from '../../../engine/base/clock.ts';
import { silentLog } from '../../../engine/base/log.ts';
import { Fleet } from '../../../engine/fleet/fleet.ts';

let folder: string;
let tokens: Readonly<Record<string, string>> = {};
let refusal: Error | undefined;
const fleets: Fleet[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'siphon-fleet-'));
  tokens = {};
  refusal = undefined;
});
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The fleet that is kept in the folder. */
function open(): Fleet {
  const fleet = new Fleet({
    file: path.join(folder, 'fleet.json'),
    tokens: {
      load: async () => tokens,
      check: async () => {
        if (refusal) throw refusal;
      },
      save: async (kept) => {
        tokens = kept;
      },
    },
    name: () => 'Hub',
    ownPin: () => undefined,
    clock: systemClock,
    log: silentLog,
    onChange: () => {},
  });
  fleets.push(fleet);
  return fleet;
}

/** Nothing answers at its address. */
const rig = { kind: 'tunnel', address: '127.0.0.1:1', token: 'token-of-a-rig' } as const;

test('no way leads beyond the limit, where the list could not be read again', async () => {
  const fleet = open();
  for (let count = 0; count < FLEET_LIMIT; count += 1) await fleet.add(rig);
  await expect(fleet.add(rig)).rejects.toMatchObject({ code: 'bad-request' });
  const id = fleet.view[0]?.id ?? '';
  await fleet.remove({ id });
  const added = await Promise.allSettled([fleet.add(rig), fleet.add(rig)]);
  expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await expect(fleet.restore({ id })).rejects.toMatchObject({ code: 'bad-request' });

  const again = open();
  await again.start();
  expect(again.view).toHaveLength(FLEET_LIMIT);
  // Refused, not forgotten: with room it still comes back.
  await fleet.remove({ id: fleet.view[0]?.id ?? '' });
  await fleet.restore({ id });
  expect(fleet.view.map((each) => each.id)).toContain(id);
});

test('where no token can be kept nothing is added, and no code used up', async () => {
  const fleet = open();
  refusal = new Error('no consent');
  await expect(fleet.add(rig)).rejects.toThrow('no consent');
  // Told before the address is even tried.
  await expect(fleet.add({ kind: 'code', address: '127.0.0.1:1', code: 'ABCD-EFGH' })).rejects.toThrow('no consent');
  expect(fleet.view).toEqual([]);
});

test('one that ends while its list is read connects to nobody', async () => {
  await open().add(rig);
  const fleet = open();
  const started = fleet.start();
  await fleet[Symbol.asyncDispose]();
  await started;
  expect(fleet.view).toEqual([]);
});
