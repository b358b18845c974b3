import { describe, expect, test } from 'vitest';
import { quietUntil } from '../../../../main/notifications/quiet-hours.ts';

/** A moment of 24 November 2026 by the clock on the wall. */
function at(hours: number, minutes = 0, day = 24): number {
  return new Date(2026, 10, day, hours, minutes).getTime();
}

describe('quiet hours', () => {
  const night = { from: '22:30', to: '07:15' };
  const noon = { from: '12:00', to: '13:00' };

  test('none set, or from and to the same: never quiet', () => {
    expect(quietUntil(null, at(3))).toBeUndefined();
    expect(quietUntil({ from: '08:00', to: '08:00' }, at(8))).toBeUndefined();
  });

  test('over midnight they end on the next morning in the evening, and on the same one after midnight', () => {
    expect(quietUntil(night, at(22, 30))).toBe(at(7, 15, 25));
    expect(quietUntil(night, at(3))).toBe(at(7, 15));
    expect(quietUntil(night, at(7, 15))).toBeUndefined();
    expect(quietUntil(night, at(22, 29))).toBeUndefined();
  });

  test('within one day they begin with their first minute and end with their last', () => {
    expect(quietUntil(noon, at(11, 59))).toBeUndefined();
    expect(quietUntil(noon, at(12))).toBe(at(13));
    expect(quietUntil(noon, at(12, 59))).toBe(at(13));
    expect(quietUntil(noon, at(13))).toBeUndefined();
  });
});
