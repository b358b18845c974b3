import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InviteBook } from '../../../engine/invite/invite-book.ts';

const HOUR = 3600_000;
const CLAIM = 'AAAAAAAAAAAAAAAAAAAAAA';
const OTHER_CLAIM = 'BBBBBBBBBBBBBBBBBBBBBB';
let folder: string;
let file: string;
let now: number;

const clock = { nowMs: () => now, monotonicMs: () => now };
const open = () => new InviteBook({ file, clock, secret: async () => 'the secret' });

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-invites-'));
  file = path.join(folder, 'invites.json');
  now = 1_800_000_000_000;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function once(book: InviteBook, expiresInMs = HOUR) {
  const { id, code = '' } = await book.add({ label: 'Ada', access: 'once', expiresAtMs: now + expiresInMs });
  const ask = (act: 'check' | 'redeem', claim = CLAIM, shown = code) =>
    open().redeem({ id, code: shown, act, claim, payoutAddress: '0x52908400098527886E0F7030069857D2E4169EE7' }, '192.0.2.9');
  return { id, code, ask };
}

describe('one-time codes', () => {
  test('a code is exchanged once, by a book opened anew each time; a check uses nothing up', async () => {
    const { ask } = await once(open());
    expect(await ask('check')).toEqual({ status: 'open' });
    expect(await ask('check')).toEqual({ status: 'open' });
    expect(await ask('redeem')).toEqual({ status: 'secret', secret: 'the secret' });
    expect(await ask('redeem', OTHER_CLAIM)).toEqual({ status: 'used' });
    expect(await ask('check', OTHER_CLAIM)).toEqual({ status: 'used' });
    expect(await open().list()).toMatchObject([
      { label: 'Ada', state: 'used', used: { from: '192.0.2.9', payoutAddress: '0x52908400098527886E0F7030069857D2E4169EE7' } },
    ]);
  });

  test('an answer lost on the way is given again to the same claim, for a while', async () => {
    const { ask } = await once(open());
    await ask('redeem');
    expect(await ask('redeem')).toMatchObject({ status: 'secret' });
    now += 16 * 60_000;
    expect(await ask('redeem')).toEqual({ status: 'used' });
  });

  test('neither code nor secret is in the file', async () => {
    const { code, ask } = await once(open());
    await ask('redeem');
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(code);
    expect(text).not.toContain('the secret');
  });

  test('a wrong code, an unknown id and an invite that has no code are answered alike', async () => {
    const book = open();
    const { ask } = await once(book);
    const { id } = await book.add({ label: null, access: 'secret', expiresAtMs: null });
    expect(await ask('redeem', CLAIM, 'wrong')).toEqual({ status: 'unknown' });
    expect(await book.redeem({ id: 'none', code: 'x', act: 'redeem', claim: CLAIM }, '::1')).toEqual({ status: 'unknown' });
    expect(await book.redeem({ id, code: '', act: 'redeem', claim: CLAIM }, '::1')).toEqual({ status: 'unknown' });
    expect(await ask('check')).toEqual({ status: 'open' });
  });

  test('a revoked or expired one is refused with its reason', async () => {
    const book = open();
    const first = await once(book);
    await book.revoke(first.id);
    expect(await first.ask('redeem')).toEqual({ status: 'revoked' });
    const second = await once(open());
    now += HOUR;
    expect(await second.ask('redeem')).toEqual({ status: 'expired' });
  });

  test('error: what cannot be revoked says why', async () => {
    const book = open();
    const used = await once(book);
    await book.redeem({ id: used.id, code: used.code, act: 'redeem', claim: CLAIM }, '::1');
    await expect(book.revoke(used.id)).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('was used'),
    });
    const { id } = await book.add({ label: null, access: 'secret', expiresAtMs: null });
    await expect(book.revoke(id)).rejects.toMatchObject({ message: expect.stringContaining('carries the secret itself') });
    await expect(book.revoke('none')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of many requests at once for one code, one gets the secret', async () => {
    const book = open();
    const { id, code } = await once(book);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        book.redeem({ id, code, act: 'redeem', claim: String(index).padStart(22, 'C') }, '192.0.2.9'),
      ),
    );
    expect(answers.filter(({ status }) => status === 'secret')).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 'used')).toHaveLength(19);
  });

  test('when it cannot be written down, the secret is not told', async () => {
    const { id, code } = await once(open());
    const text = await readFile(file, 'utf8');
    const blocked = new InviteBook({ file: path.join(file, 'below-a-file.json'), clock, secret: async () => 'the secret' });
    await expect(blocked.redeem({ id, code, act: 'redeem', claim: CLAIM }, '::1')).rejects.toBeDefined();
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('error: a damaged list is told, not overwritten', async () => {
    await writeFile(file, '{"version":1,"invites":[');
    await expect(open().list()).rejects.toMatchObject({ code: 'store-corrupt', nextStep: expect.stringContaining('delete it') });
    await expect(once(open())).rejects.toMatchObject({ code: 'store-corrupt' });
    expect(await readFile(file, 'utf8')).toBe('{"version":1,"invites":[');
  });

  test('no id can be taken for an option by the command that revokes it', async () => {
    for (let tries = 0; tries < 100; tries += 1) expect((await once(open())).id).toMatch(/^[0-9a-f]{12}$/);
  });

  test('old closed ones make room, open ones never do', async () => {
    const book = open();
    const first = await once(book);
    await book.revoke(first.id);
    await once(book);
    now += 91 * 24 * HOUR;
    const last = await book.add({ label: null, access: 'once', expiresAtMs: now + HOUR });
    expect((await book.list()).map(({ id }) => id)).toEqual([last.id]);
  });

  test('a process killed at any moment leaves a code open or used, and whoever was told the secret had used it up', async () => {
    const script = `
      import { InviteBook } from ${JSON.stringify(fileURLToPath(new URL('../../../engine/invite/invite-book.ts', import.meta.url)))};
      const book = new InviteBook({ file: ${JSON.stringify(file)}, clock: { nowMs: () => ${now}, monotonicMs: () => 0 }, secret: async () => 'the secret' });
      const [id, code] = process.argv.slice(1);
      process.stdout.write('ready\\n');
      const answer = await book.redeem({ id, code, act: 'redeem', claim: '${CLAIM}' }, '::1');
      process.stdout.write(answer.status + '\\n');
      setInterval(() => {}, 1000);
    `;
    for (let round = 0; round < 8; round += 1) {
      const { id, code } = await once(open());
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', id, code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      const closed = new Promise<void>((resolve) => child.once('close', resolve));
      const ready = new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk) => {
          said += chunk;
          if (said.includes('ready')) setTimeout(resolve, round * 2);
        });
      });
      await Promise.race([ready, closed]);
      expect(said).toContain('ready');
      child.kill('SIGKILL');
      await closed;
      const entry = (await open().list()).find((each) => each.id === id);
      expect(['open', 'used']).toContain(entry?.state);
      if (said.includes('secret')) expect(entry?.state).toBe('used');
    }
  }, 60_000);
});
