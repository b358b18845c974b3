import { createHash } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, test } from 'vitest';
import { Keccak256 } from '../../../engine/wire/keccak.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Bytes that look random and are the same in every run. */
function bytes(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => createHash('sha256').update(`${index}`).digest());
  return Uint8Array.from(Buffer.concat(blocks).subarray(0, length));
}

describe('Keccak-256 in WebAssembly', () => {
  test('hashes nothing and "abc" as published', () => {
    expect(hex(new Keccak256().digest())).toBe('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
    expect(hex(new Keccak256().update(Buffer.from('abc')).digest())).toBe(
      '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    );
  });

  test('agrees with another implementation at every length around its blocks, and beyond what it takes at once', () => {
    for (const length of [...Array.from({ length: 420 }, (_, index) => index), 65_279, 65_280, 65_281, 200_003]) {
      const data = bytes(length);
      expect(hex(new Keccak256().update(data).digest()), `${length} bytes`).toBe(hex(keccak_256(data)));
    }
  });

  test('pieces of any size give the same hash as the whole, and hashes side by side don’t mix', () => {
    const data = bytes(3_000);
    const expected = hex(keccak_256(data));
    for (const size of [1, 7, 135, 136, 137, 272, 1_000]) {
      const hash = new Keccak256();
      const other = new Keccak256();
      for (let at = 0; at < data.length; at += size) {
        hash.update(data.subarray(at, at + size));
        other.update(data.subarray(0, 3));
      }
      expect(hex(hash.digest()), `pieces of ${size}`).toBe(expected);
    }
  });
});
