import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { Joining } from '../../engine/host/joining.ts';
import { openSettings } from '../../engine/host/settings.ts';
import { makeInvite } from '../../engine/invite/invite.ts';
import { InviteBook } from '../../engine/invite/invite-book.ts';
import { RedeemRequestSchema } from '../../engine/wire/redeem.ts';
import { createCertificate } from '../../engine/wire/tls.ts';

let owned: Disposables;
let folder: string;
beforeEach(() => {
  owned = new Disposables();
  folder = mkdtempSync(path.join(tmpdir(), 'siphon-joining-'));
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(() => owned[Symbol.asyncDispose]());

/** An orchestrator that does nothing but exchange codes, and a one-time invite to it. */
async function invited(): Promise<string> {
  const book = new InviteBook({
    file: path.join(folder, 'invites.json'),
    clock: systemClock,
    secret: async () => 'of the pool',
  });
  const { cert, key } = createCertificate('127.0.0.1');
  const server = createServer({ cert, key }, async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const answer = await book.redeem(RedeemRequestSchema.parse(JSON.parse(Buffer.concat(pieces).toString())), 'here');
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owned.defer(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const expiresAtMs = Math.ceil(Date.now() / 1000) * 1000 + 3600_000;
  const { id, madeAtMs, code = '' } = await book.add({ label: null, access: 'once', expiresAtMs });
  const t = { text: '', commissionPpm: null, minimumPayoutWei: null, currency: 'ETH' };
  const u = [`https://127.0.0.1:${port}`];
  return makeInvite({ i: id, o: 'Ada', u, c: code, t, m: madeAtMs / 1000, e: expiresAtMs / 1000 }, createPrivateKey(key));
}

test('a code that was exchanged is not lost when what comes after it fails: the next try gets in', async () => {
  const text = await invited();
  const settings = openSettings({ dataDir: path.join(folder, 'worker'), env: {} });
  let isFull = true;
  const joining = new Joining({
    settings,
    clock: systemClock,
    configure: async (changes) => {
      if (isFull) throw new EngineError({ code: 'disk-full', message: 'The disk is full' });
      await settings.change(changes);
      return { changed: [], rolesChanged: true, atNextStart: [] };
    },
  });
  const { signal } = new AbortController();
  await expect(joining.accept({ text }, signal)).rejects.toMatchObject({ code: 'disk-full' });
  expect(await settings.secrets()).toEqual({});
  isFull = false;
  expect(await joining.accept({ text }, signal)).toMatchObject({ operator: 'Ada' });
  expect(await settings.orchestratorSecret()).toBe('of the pool');
  // Somebody else with the same invite does not.
  const other = new Joining({
    settings,
    clock: systemClock,
    configure: async () => ({ changed: [], rolesChanged: true, atNextStart: [] }),
  });
  await expect(other.accept({ text }, signal)).rejects.toMatchObject({ code: 'invite-used' });
});
