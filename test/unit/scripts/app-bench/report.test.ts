import { describe, expect, test } from 'vitest';
import { isMet } from '../../../../scripts/app-bench/figures.ts';
import { figureTable } from '../../../../scripts/app-bench/report.ts';

describe('figures of the app', () => {
  test('frames must reach their limit, everything else must stay below it', () => {
    expect(isMet({ name: 'frames', value: 50, unit: 'fps', limit: 50 })).toBe(true);
    expect(isMet({ name: 'frames', value: 49.9, unit: 'fps', limit: 50 })).toBe(false);
    expect(isMet({ name: 'start', value: 1500, unit: 'ms', limit: 1500 })).toBe(false);
    expect(isMet({ name: 'start', value: 1499, unit: 'ms', limit: 1500 })).toBe(true);
    expect(isMet({ name: 'told', value: 1, unit: 'ms' })).toBeUndefined();
  });

  test('the table says what was missed', () => {
    const lines = figureTable([
      { name: 'start', value: 812.4, unit: 'ms', limit: 1500 },
      { name: 'idle', value: 1.234, unit: '%', limit: 1, note: 'over 20 s' },
    ]).split('\n');
    expect(lines).toEqual([
      'figure      limit  measured  met',
      'start   < 1500 ms    812 ms  yes',
      'idle        < 1 %    1.23 %  NO   over 20 s',
    ]);
  });
});
