import { expect, test } from 'vitest';
import { checksummed, parsePayoutAddress } from '../../../engine/invite/payout-address.ts';

// The examples of EIP-55 itself.
const EXAMPLES = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

test.each(EXAMPLES)('%s is its own checksum', (address) => {
  expect(checksummed(address.toLowerCase())).toBe(address);
  expect(parsePayoutAddress(` ${address}\n`)).toBe(address);
});

test('all small or all capital digits say nothing of a checksum and are given one', () => {
  const address = EXAMPLES[2] ?? '';
  expect(parsePayoutAddress(address.toLowerCase())).toBe(address);
  expect(parsePayoutAddress(`0x${address.slice(2).toUpperCase()}`)).toBe(address);
});

test.each([
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', /checksum is wrong/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Bea', /38 digits/],
  ['5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', /begins with 0x/],
  ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg', /"g" is no digit/],
  ['ada.eth', /it is a name/],
  [`0x${'0'.repeat(40)}`, /nobody has the key/],
  ['', /begins with 0x/],
])('error: %j is refused with what is wrong about it', (address, why) => {
  expect(() => parsePayoutAddress(address)).toThrow(why);
});
