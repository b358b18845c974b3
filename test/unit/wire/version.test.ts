import { expect, test } from 'vitest';
import { PROTOCOL_VERSION, parseVersion, versionAtLeast } from '../../../engine/wire/version.ts';

test('versions compare by number, not by text', () => {
  expect(versionAtLeast('0.9.0', '0.10.0')).toBe(true);
  expect(versionAtLeast('1.0.0', '0.10.0')).toBe(false);
  expect(versionAtLeast('0.9.1', '0.9.1-rc1')).toBe(true);
  expect(versionAtLeast('v0.9', '0.9.0')).toBe(true);
});

test('the version this engine advertises is a real one', () => {
  expect(parseVersion(PROTOCOL_VERSION)).toBeDefined();
  expect(parseVersion('undefined')).toBeUndefined();
});
