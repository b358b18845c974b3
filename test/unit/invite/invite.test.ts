import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/base/errors.ts';
import { sealEnvelope } from '../../../engine/invite/envelope.ts';
import { makeInvite, readInvite } from '../../../engine/invite/invite.ts';
import { inviteLink } from '../../../engine/invite/link.ts';
import type { Payload } from '../../../engine/invite/payload.ts';
import { pinOf, pinOfCertificate } from '../../../engine/wire/pin.ts';
import { createCertificate } from '../../../engine/wire/tls.ts';

const NOW = Date.UTC(2026, 10, 24, 10, 0, 0);
const certificate = createCertificate('orchestrator.example');
const key = createPrivateKey(certificate.key);
const payload: Payload = {
  i: 'AbCdEf12',
  o: 'Ada’s pool',
  u: ['https://orchestrator.example:8935', 'https://192.0.2.7:8935'],
  s: 'correct horse battery staple',
  t: { text: 'Weekly.\nMinimum 0.01 ETH.', commissionPpm: 50_000, minimumPayoutWei: '10000000000000000', currency: 'ETH' },
  n: 'Hello',
  m: NOW / 1000 - 60,
  e: NOW / 1000 + 3600,
};
const link = makeInvite(payload, key);
const token = link.slice(link.indexOf('i=') + 2);

function codeOf(text: string, nowMs = NOW): string {
  try {
    return readInvite(text, nowMs) ? 'ok' : 'none';
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

describe('an invite', () => {
  test('says what its maker put in, under the pin of the certificate whose key signed it', () => {
    expect(readInvite(link, NOW)).toEqual({
      details: {
        id: 'AbCdEf12',
        operator: 'Ada’s pool',
        serviceUris: payload.u,
        pin: pinOfCertificate(certificate.cert),
        access: 'secret',
        terms: payload.t,
        note: 'Hello',
        madeAtMs: NOW - 60_000,
        expiresAtMs: NOW + 3600_000,
      },
      access: { kind: 'secret', secret: payload.s },
    });
  });

  test('carries a one-time code instead of the secret, never both and never neither', () => {
    const { s: _secret, ...open } = payload;
    const once = makeInvite({ ...open, c: 'AAECAwQFBgcICQoLDA0ODw' }, key);
    expect(readInvite(once, NOW)).toMatchObject({
      details: { access: 'once' },
      access: { kind: 'once', code: 'AAECAwQFBgcICQoLDA0ODw' },
    });
    expect(codeOf(makeInvite(open, key))).toBe('invite-not-one');
    expect(codeOf(makeInvite({ ...payload, c: 'AAECAwQFBgcICQoLDA0ODw' }, key))).toBe('invite-not-one');
  });

  test.each([
    ['the bare token', token],
    ['spaces and line breaks around', `\n\t ${link} \r\n`],
    ['quotes', `"${link}"`],
    ['words around', `Hi Grace, join us here: <${link}>. See you!`],
    ['lines broken by a mail program', link.replace(/(.{60})/g, '$1\r\n')],
    ['a quoted mail', link.replace(/(.{60})/g, '$1\n> ')],
    ['quoted-printable', link.replaceAll('=', '=3D').replace(/(.{70})/g, '$1=\r\n')],
    ['HTML', link.replaceAll('&', '&amp;')],
    ['the scheme in capitals', link.replace('siphon://join', 'SIPHON://JOIN')],
    ['no slashes', link.replace('siphon://', 'siphon:')],
    ['a slash before the query, as some systems write links', link.replace('join?', 'join/?')],
  ])('is found in a text with %s', (_name, text) => {
    expect(codeOf(text)).toBe('ok');
  });

  test.each(['', 'hello', 'https://orchestrator.example:8935', 'U2lwaG9u', 'siphon', 'siphon://leave?v=1&i=x', '\u0000'])(
    'is not %j, which is another thing or nothing',
    (text) => {
      expect(['none', 'invite-cut-off', 'invite-not-one', 'invite-tampered']).toContain(codeOf(text));
      expect(codeOf(text)).not.toBe('ok');
    },
  );

  test('is told to be cut off wherever its end is missing', () => {
    for (let length = token.length - 1; length > 3; length -= 7) {
      expect(codeOf(`siphon://join?v=1&i=${token.slice(0, length)}`)).toBe('invite-cut-off');
    }
    expect(codeOf('siphon://join?v=1&i=')).toBe('invite-cut-off');
    expect(codeOf('siphon://join?v=1')).toBe('invite-cut-off');
  });

  test('is told to be newer, by its link, its bytes, or things in it that this version does not know', () => {
    expect(codeOf(link.replace('v=1', 'v=2'))).toBe('invite-newer');
    const bytes = Buffer.from(token, 'base64url');
    bytes[2] = 2;
    expect(codeOf(`siphon://join?v=1&i=${bytes.toString('base64url')}`)).toBe('invite-newer');
    const future = sealEnvelope(Buffer.from(JSON.stringify({ ...payload, z: 1 })), key);
    expect(codeOf(inviteLink(future))).toBe('invite-newer');
  });

  test('does not survive one changed bit, wherever it is', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const code = codeOf(`siphon://join?v=1&i=${changed.toString('base64url')}`);
      expect(['invite-tampered', 'invite-cut-off', 'invite-newer', 'invite-not-one']).toContain(code);
    }
  });

  test.each(Object.keys(payload))('does not survive a changed %j with the old signature', (field) => {
    const bytes = Buffer.from(token, 'base64url');
    const length = bytes.readUInt16BE(3);
    const others: Record<string, unknown> = { o: 'Eve', u: ['https://eve.example:1'], s: 'eve', n: 'eve', i: 'EvEvEvEv' };
    const json = JSON.stringify({
      ...payload,
      [field]: others[field] ?? (field === 't' ? { ...payload.t, commissionPpm: 0 } : 1),
    });
    const header = Buffer.from(bytes.subarray(0, 9));
    header.writeUInt16BE(Buffer.byteLength(json), 3);
    const forged = Buffer.concat([header, Buffer.from(json), bytes.subarray(9 + length)]);
    expect(codeOf(inviteLink(forged))).toBe('invite-tampered');
  });

  test('with somebody else’s key in it is signed by that one, and has that one’s pin', () => {
    const other = createPrivateKey(createCertificate('eve.example').key);
    const forged = readInvite(makeInvite(payload, other), NOW);
    expect(forged?.details.pin).toBe(pinOf(createPublicKey(other)));
    expect(forged?.details.pin).not.toBe(pinOf(createPublicKey(key)));
    // The key of one and the signature of the other.
    const mine = Buffer.from(token, 'base64url');
    const theirs = Buffer.from(makeInvite(payload, other).split('i=')[1] ?? '', 'base64url');
    expect(codeOf(inviteLink(Buffer.concat([mine.subarray(0, -64), theirs.subarray(-64)])))).toBe('invite-tampered');
  });

  test('expires, and says so together with what the clock shows', () => {
    expect(codeOf(link, NOW + 3600_000)).toBe('invite-expired');
    expect(() => readInvite(link, NOW + 7200_000)).toThrow('2026-11-24 11:00 UTC');
    const { e: _never, ...unlimited } = payload;
    expect(codeOf(makeInvite(unlimited, key), NOW + 400 * 24 * 3600_000)).toBe('ok');
  });

  test('from the future is told as a wrong clock, with some minutes of tolerance', () => {
    expect(codeOf(link, NOW - 5 * 60_000)).toBe('ok');
    expect(codeOf(link, NOW - 3600_000)).toBe('invite-clock');
  });

  test.each([
    ['a right-to-left override in the name', { o: 'Ada\u202egnp.exe' }],
    ['a line break in the name', { o: 'Ada\nPool' }],
    ['a control character in the note', { n: 'a\u0007b' }],
    ['an address with a path', { u: ['https://orchestrator.example:8935/x'] }],
    ['an address that is none', { u: ['ftp://orchestrator.example'] }],
    ['too many addresses', { u: Array.from({ length: 4 }, (_, index) => `https://o${index}.example`) }],
    ['a name that is too long', { o: 'x'.repeat(81) }],
    ['a commission above everything', { t: { ...payload.t, commissionPpm: 1_000_001 } }],
    ['an amount that is no number', { t: { ...payload.t, minimumPayoutWei: '1e18' } }],
    ['a secret that is too long', { s: 'x'.repeat(513) }],
  ])('cannot be made, and is not taken, with %s', (_name, changed) => {
    const wrong = { ...payload, ...changed } as Payload;
    expect(() => makeInvite(wrong, key)).toThrow(/cannot be made/);
    const signed = inviteLink(sealEnvelope(Buffer.from(JSON.stringify(wrong)), key));
    expect(codeOf(signed)).toBe('invite-not-one');
  });

  test.each([
    ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'ok'],
    ['ECDSA P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey, 'ok'],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey, 'ok'],
    ['RSA 1024', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'invite-tampered'],
    ['a curve that TLS does not use', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, 'invite-tampered'],
  ])('may be signed by the key of any good certificate: %s', (_name, other, outcome) => {
    expect(codeOf(makeInvite(payload, other))).toBe(outcome);
  });

  test('is short enough for a chat message', () => {
    expect(link.length).toBeLessThan(800);
  });

  test('fuzz: random bytes and random edits never pass and never throw anything but words', () => {
    let seed = 1;
    const random = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % limit;
    };
    for (let round = 0; round < 3000; round += 1) {
      const bytes = round % 2 === 0 ? Buffer.from(token, 'base64url') : Buffer.alloc(random(400));
      if (round % 2 === 1) for (let at = 0; at < bytes.length; at += 1) bytes[at] = random(256);
      if (round % 4 === 1) bytes.write('Si\u0001', 0, 'latin1');
      if (round % 2 === 0) {
        for (let edits = 1 + random(4); edits > 0; edits -= 1) {
          const at = random(bytes.length);
          bytes[at] = (bytes[at] ?? 0) ^ (1 + random(255));
        }
      }
      if (bytes.toString('base64url') === token) continue;
      const text = round % 3 === 0 ? bytes.toString('base64url') : `siphon://join?v=1&i=${bytes.toString('base64url')}`;
      expect(codeOf(text)).not.toBe('ok');
    }
  });
});
