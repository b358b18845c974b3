import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../engine/diagnostics/redact.ts';

const redactor = (secrets: readonly string[] = []) => new Redactor({ secrets, home: '/home/anna', user: 'anna' });

describe('what is taken out of a diagnostics bundle', () => {
  test.each([
    ['an invite', 'opened siphon://join?v=1&i=AbC_d-9 twice', 'opened [removed] twice'],
    ['the link that opens the page', 'http://127.0.0.1:17935/#token=abcDEF123', 'http://127.0.0.1:17935/[removed]'],
    ['a bearer header', 'authorization: Bearer abc.def-ghi', 'authorization: [removed]'],
    ['user and password in an address', 'https://me:pass@pool.example:8935/x', 'https://[removed]pool.example:8935/x'],
    ['a private key in hex', `key 0x${'ab'.repeat(32)}.`, 'key [removed].'],
    ['a private key as PEM', '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----', '[removed]'],
    ['a public address of the network', 'from 203.0.113.7:8935 to 127.0.0.1:17935', 'from [ip]:8935 to 127.0.0.1:17935'],
    ['an IPv6 address', 'host 2001:db8::1 at 10:41:44', 'host [ip] at 10:41:44'],
    ['most of an account', `gateway 0x${'aB'.repeat(20)}`, 'gateway 0xaBaBaB…'],
    ['the home folder', 'reading /home/anna/.config/siphon', 'reading ~/.config/siphon'],
    ['the user in another path', 'C:\\Users\\anna\\AppData', 'C:\\Users\\[user]\\AppData'],
  ])('%s', (_what, before, after) => {
    expect(redactor().text(before)).toBe(after);
  });

  test('known secrets wherever they stand, the longer one first', () => {
    const text = redactor(['hunter2', 'hunter2-and-more']).text('sent hunter2-and-more, then hunter2!');
    expect(text).toBe('sent [removed], then [removed]!');
  });

  test('a value whose name says that it is a secret, however deep and of whatever form', () => {
    expect(
      redactor().value({ list: [{ orchestratorSecret: 'x' }], rigTokens: { a: 'b' }, hasToken: true, passphrase: null }),
    ).toEqual({ list: [{ orchestratorSecret: '[removed]' }], rigTokens: '[removed]', hasToken: true, passphrase: null });
  });

  test('numbers, host names and ordinary words stay, big integers become text', () => {
    const plain = { wei: 12n, version: '8.0.1', uri: 'https://pool.example:8935', folder: '/home/annabel' };
    expect(redactor().value(plain)).toEqual({ ...plain, wei: '12' });
  });

  test('it counts what it took out', () => {
    const counting = redactor(['hunter2']);
    counting.value({ a: 'hunter2 hunter2', token: 'x' });
    expect(counting.count).toBe(3);
  });
});
