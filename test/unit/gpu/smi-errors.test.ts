import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ErrorCodeSchema } from '../../../engine/api/errors.ts';
import { recogniseFailure, SmiError, type SmiFailureKind } from '../../../engine/gpu/smi-errors.ts';

const read = (name: string) => readFileSync(new URL(`../../fixtures/nvidia-smi/${name}`, import.meta.url), 'utf8');

describe('what nvidia-smi prints instead of a table', () => {
  test.each<[string, number, SmiFailureKind]>([
    ['error-no-driver.txt', 9, 'driver-not-running'],
    ['error-mismatch_550.txt', 18, 'driver-mismatch'],
    ['error-mismatch_470.txt', 255, 'driver-mismatch'],
    ['error-no-devices.txt', 6, 'no-devices'],
    ['error-gpu-lost.txt', 15, 'gpu-lost'],
    ['error-handle-unknown.txt', 6, 'gpu-lost'],
    ['error-permission.txt', 4, 'permission'],
    ['error-nvml-unknown.txt', 255, 'driver-not-running'],
    ['error-bad-field.txt', 2, 'unreadable'],
  ])('%s is recognised', (name, exitCode, kind) => {
    expect(recogniseFailure(read(name), exitCode)).toBe(kind);
  });

  test('a return code alone is enough where the words changed', () => {
    expect([18, 15, 12, 9, 4, 255, undefined].map((code) => recogniseFailure('???', code))).toEqual([
      'driver-mismatch',
      'gpu-lost',
      'driver-not-running',
      'driver-not-running',
      'permission',
      'unreadable',
      'unreadable',
    ]);
  });

  test('every failure has a code of the contract, words, and a next step of its own for Windows and for Linux', () => {
    const kinds: SmiFailureKind[] = [
      'not-found',
      'driver-not-running',
      'driver-mismatch',
      'no-devices',
      'gpu-lost',
      'permission',
      'hung',
      'unreadable',
    ];
    for (const kind of kinds) {
      const windows = new SmiError(kind, 'win32', 'x');
      const linux = new SmiError(kind, 'linux', 'x');
      expect(ErrorCodeSchema.safeParse(windows.code).success).toBe(true);
      expect(windows.message).toMatch(/^[A-Z].{20,}[."]$/);
      expect(windows.nextStep).not.toMatch(/sudo|dmesg/);
      expect(windows.nextStep).not.toBe(linux.nextStep);
    }
  });

  test('a mismatch names the version that was installed', () => {
    expect(new SmiError('driver-mismatch', 'linux', read('error-mismatch_550.txt')).message).toContain('updated to 550.144');
    expect(new SmiError('driver-mismatch', 'linux', read('error-mismatch_470.txt')).message).toContain('was updated while');
  });

  test('an unknown answer is quoted', () => {
    expect(new SmiError('unreadable', 'linux', '\nSegmentation fault\n').message).toContain('"Segmentation fault"');
  });
});
