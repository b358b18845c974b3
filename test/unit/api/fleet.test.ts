import { describe, expect, test } from 'vitest';
import { formatPairingText, normaliseCode, parseAddress, parsePairingText } from '../../../engine/api/pairing-text.ts';
import { mayCall, READ_ONLY_PROCEDURES } from '../../../engine/api/remote-rights.ts';
import { summarise } from '../../../engine/api/rig-summary.ts';
import { createRouter } from '../../../engine/api/router.ts';
import type { EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { readSummary, summaryOfState } from '../../../engine/fleet/summary-schema.ts';

const SAID = {
  name: 'Küche & Keller = 1',
  addresses: ['192.168.1.20:17936', '[fd00::1]:17936', 'rig.local:4000'],
  pin: `${'a'.repeat(42)}-`,
  code: 'c'.repeat(27),
};

describe('a pairing text', () => {
  test('says what was put into it, also when it was broken over lines', () => {
    const text = formatPairingText(SAID);
    expect(parsePairingText(text)).toEqual(SAID);
    expect(parsePairingText(text.replace('pair?', 'pair/?'))).toEqual(SAID);
    expect(parsePairingText(`  ${text.slice(0, 40)}\n   ${text.slice(40)}\r\n`)).toEqual(SAID);
  });

  test.each([
    ['another version', (text: string) => text.replace('v=1', 'v=2')],
    ['no key', (text: string) => text.replace(/p=[^&]+/, '')],
    ['a short code', (text: string) => text.replace(/c=.+$/, 'c=abc')],
    ['no address', (text: string) => text.replaceAll(/h=[^&]+&/g, '')],
    ['another scheme', (text: string) => text.replace('siphon:', 'https:')],
    ['a cut end', (text: string) => text.slice(0, 80)],
    ['broken escapes', (text: string) => text.replaceAll('%3A', '%3')],
  ])('with %s is none', (_name, change) => {
    expect(parsePairingText(change(formatPairingText(SAID)))).toBeUndefined();
  });
});

describe('what people type', () => {
  test.each([
    ['192.168.1.20', '192.168.1.20:17936'],
    [' Rig.Local:4000 ', 'rig.local:4000'],
    ['https://rig.local/', 'rig.local:17936'],
    ['fd00::1', '[fd00::1]:17936'],
    ['[fd00::1]:4000', '[fd00::1]:4000'],
  ])('%s is the address %s', (typed, address) => {
    expect(parseAddress(typed, 17936)).toBe(address);
  });

  test.each(['', 'rig:0', 'rig:99999', 'user@rig', 'a b', 'rig:4000:5000/x?'])('%j is no address', (typed) => {
    expect(parseAddress(typed, 17936)).toBeUndefined();
  });

  test('a code may be typed with small letters, other dashes, O for 0 and l for 1', () => {
    expect(normaliseCode(' abcd - efgo ')).toBe('ABCDEFG0');
    expect(normaliseCode('lI11-0O00')).toBe('11110000');
  });
});

describe('rights of paired machines', () => {
  test('looking reaches what is named, full rights all but who gets in and where one can go', () => {
    expect(mayCall('read-only', 'watch')).toBe(true);
    for (const procedure of ['pause', 'configure', 'shutdown', 'somethingNew']) {
      expect(mayCall('read-only', procedure)).toBe(false);
      expect(mayCall('full', procedure)).toBe(true);
    }
    for (const procedure of ['remote.pair', 'remote.revoke', 'fleet.add', 'reportPresence']) {
      expect(mayCall('full', procedure)).toBe(false);
      expect(mayCall(undefined, procedure)).toBe(true);
    }
  });

  test('every procedure that only looks is there and changes nothing', () => {
    const procedures = createRouter({} as never)._def.procedures as unknown as Record<string, { _def: { type: string } }>;
    for (const name of READ_ONLY_PROCEDURES) expect(['query', 'subscription']).toContain(procedures[name]?._def.type);
  });
});

describe('a summary', () => {
  test('of a snapshot that lacks nearly everything says what is known', () => {
    const summary = summarise({ run: { state: 'running', sinceMs: 0, inFlight: 2 } } as Partial<EngineSnapshot>);
    expect(readSummary(summary)).toMatchObject({ run: { state: 'running' }, gpus: [], version: null, today: null });
  });

  test('of nonsense is empty', () => {
    for (const nonsense of [null, 7, 'x', { hardware: { gpus: 'two' } }]) {
      expect(summaryOfState(nonsense)).toMatchObject({ run: null, gpus: [], problems: { count: 0 } });
      expect(readSummary(nonsense)).toMatchObject({ run: null, gpus: [] });
    }
  });

  test('of another version is read part by part', () => {
    const summary = readSummary({
      version: '9.0.0',
      run: { state: 'dreaming', since: 'yesterday' },
      streams: 'many',
      gpus: [{ name: 'RTX', state: 'ok', temperatureC: 'warm' }],
      problems: { count: 3, worst: 'catastrophe', title: 'It burns' },
      link: 7,
    });
    expect(summary).toMatchObject({
      version: '9.0.0',
      run: { state: 'dreaming' },
      streams: { used: 0, total: null },
      gpus: [{ name: 'RTX', temperatureC: null }],
      problems: { count: 3, worst: null, title: 'It burns' },
      link: null,
    });
  });
});
