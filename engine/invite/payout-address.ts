import { EngineError } from '../base/errors.ts';
import { Keccak256 } from '../wire/keccak.ts';

/** Writes an Ethereum address with the checksum of EIP-55: a letter is a capital when its digit of the hash is 8 or more. */
export function checksummed(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = Buffer.from(new Keccak256().update(Buffer.from(digits, 'latin1')).digest()).toString('hex');
  return `0x${[...digits].map((digit, index) => (Number.parseInt(hash[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
}

/**
 * Takes an Ethereum address as typed and gives its one form. Capitals and small letters mixed are a checksum, and must be the right one;
 * all small or all capital says nothing and is taken.
 * @throws EngineError `bad-request` in words for the person
 */
export function parsePayoutAddress(text: string): string {
  const address = text.trim();
  const digits = /^0x([0-9a-fA-F]{40})$/.exec(address)?.[1];
  if (digits === undefined) throw wrong(shapeFault(address));
  if (/^0+$/.test(digits)) throw wrong('nobody has the key of this address: what is paid to it is lost');
  const right = checksummed(address);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (mixed && address !== right) throw wrong('its checksum is wrong, so at least one character is mistyped');
  return right;
}

function shapeFault(address: string): string {
  if (/\.eth$/i.test(address)) return 'it is a name; write the address that stands behind it';
  if (!address.startsWith('0x')) return 'an Ethereum address begins with 0x';
  const digits = address.slice(2);
  const other = /[^0-9a-fA-F]/.exec(digits)?.[0];
  if (other !== undefined) return `"${other}" is no digit of an address`;
  return `it has ${digits.length} digits after 0x instead of 40`;
}

function wrong(why: string): EngineError {
  return new EngineError({
    code: 'bad-request',
    message: `This payout address cannot be used: ${why}.`,
    nextStep: 'Copy it from your wallet: 0x and 40 digits.',
  });
}
