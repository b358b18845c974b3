import { describe, expect, test } from 'vitest';
import { createFormats } from '../../../renderer/text/formats.ts';
import { chooseLanguage } from '../../../renderer/text/languages.ts';

const en = createFormats('en-GB');
/** The gap between number and unit does not break; plain spaces read better here. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('formats', () => {
  test('pixels and bytes take the unit that keeps three digits', () => {
    expect(plain(en.pixels(1_234_567_890))).toBe('1.23 Gpx');
    expect(plain(en.pixels(0))).toBe('0 px');
    expect(plain(en.bytes(950))).toBe('950 B');
    expect(plain(en.bytes(1_500_000))).toBe('1.5 MB');
    expect(plain(en.memory(24 * 1024 ** 3))).toBe('24 GiB');
  });

  test('a value that would round up to 1000 moves to the next unit', () => {
    expect(plain(en.bytes(999_999))).toBe('1 MB');
    expect(plain(en.ms(999.7))).toBe('1.00 s');
  });

  test('milliseconds become seconds from one second on', () => {
    expect(plain(en.ms(84.4))).toBe('84 ms');
    expect(plain(en.ms(1_240))).toBe('1.24 s');
    expect(plain(en.ms(2_803))).toBe('2.80 s');
    expect(plain(en.ms(2_000))).toBe('2 s');
    expect(plain(en.ms(12_340))).toBe('12.3 s');
    expect(plain(en.minutes(24_000))).toBe('24 s');
    expect(plain(en.minutes(750_000))).toBe('12.5 min');
  });

  test('realtime factors have one digit below ten, and a dash when unknown', () => {
    expect(en.factor(2.44)).toBe('2.4×');
    expect(en.factor(9.96)).toBe('10×');
    expect(en.factor(undefined)).toBe('–');
  });

  test('a factor just below one does not read as one', () => {
    expect(en.factor(0.999)).toBe('0.99×');
    expect(en.factor(0.94)).toBe('0.9×');
    expect(en.factor(1)).toBe('1.0×');
  });

  test('lengths of time use the two largest units', () => {
    expect(plain(en.duration(42_900))).toBe('42 s');
    expect(plain(en.duration(192_000))).toBe('3 min');
    expect(plain(en.duration(7_500_000))).toBe('2 h 5 min');
    expect(plain(en.duration(90_000_000))).toBe('1 d 1 h');
    expect(plain(en.duration(-5))).toBe('0 s');
  });

  test('times of today have no date, others do', () => {
    const noon = new Date(2026, 10, 24, 12, 0, 0).getTime();
    expect(en.moment(noon, noon + 1000)).toBe('12:00:00');
    expect(en.moment(noon - 86_400_000, noon)).toContain('23 Nov');
  });

  test('another language writes its own digits grouping', () => {
    expect(createFormats('de').integer(1234567)).toBe('1.234.567');
  });
});

describe('language', () => {
  test('the first wanted language that has texts is taken, with its own region’s formats', () => {
    expect(chooseLanguage('system', ['xx', 'en-GB', 'en'])).toEqual({ name: 'en', locale: 'en-GB' });
    expect(chooseLanguage('system', ['fr', 'de-AT', 'en'])).toEqual({ name: 'de', locale: 'de-AT' });
    expect(chooseLanguage('system', ['xx']).locale).toBe('en');
    expect(chooseLanguage('system', []).locale).toBe('en');
  });

  test('a chosen language wins over the system’s order and keeps its region where the system names one', () => {
    expect(chooseLanguage('de', ['en-GB', 'de-CH'])).toEqual({ name: 'de', locale: 'de-CH' });
    expect(chooseLanguage('de', ['en-GB'])).toEqual({ name: 'de', locale: 'de' });
  });
});
