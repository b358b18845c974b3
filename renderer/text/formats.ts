/** Every way a number or a time is written on the page, in one language. Made once per language: Intl objects are costly. */
export interface Formats {
  readonly locale: string;
  /** `1,234` */
  integer(value: number): string;
  /** `12.5`: at most three digits after the point. */
  decimal(value: number): string;
  /** An integer of any size: `1,234`. */
  big(value: bigint): string;
  /** What stands before a fraction's digits. */
  readonly point: string;
  /** Bytes in decimal units: `3.4 MB`. */
  bytes(value: number): string;
  /** Bytes in binary units, as memory is sold: `24 GiB`. */
  memory(value: number): string;
  /** Pixels: `1.2 Gpx`. */
  pixels(value: number): string;
  /** Milliseconds: `84 ms`, `1.24 s`, `2 s`. */
  ms(value: number): string;
  /** Realtime factor: `2.4×`; undefined: `–`. */
  factor(value: number | undefined): string;
  /** Percent from 0–100: `42 %`. */
  percent(value: number): string;
  /** Share from 0–1: `96.4%`. */
  share(value: number): string;
  /** Length of time in words: `3 min`, `2 h 5 min`. */
  duration(ms: number): string;
  /** Length of video: `24 s`, `12.5 min`. */
  minutes(ms: number): string;
  /** Clock time, hours and minutes: `14:30`. */
  clock(atMs: number): string;
  /** Clock time with seconds: `14:30:05`. */
  clockSeconds(atMs: number): string;
  /** Short date and clock time with seconds: `3 Nov, 14:30:05`; without the date when it is the day of `nowMs`. */
  moment(atMs: number, nowMs: number): string;
  /** Date and time. */
  dateTime(atMs: number): string;
  /** `5 seconds ago`. */
  ago(atMs: number, nowMs: number): string;
  /** Plural category of a count in this language. */
  plural(count: number): Intl.LDMLPluralRule;
  /** `a, b and c`. */
  list(items: readonly string[]): string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Non-breaking space between a number and its unit. */
const GAP = '\u00a0';

/** Makes the formats of one language (BCP 47 tag). */
export function createFormats(locale: string): Formats {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const three = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const twoDigits = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const clockSeconds = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const moment = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const plurals = new Intl.PluralRules(locale);
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });

  const scaled = (value: number, base: number, units: readonly string[]): string => {
    let step = 0;
    let rest = value;
    // 999.5 would be written as 1000 of the smaller unit.
    while (Math.abs(rest) >= base - base / 2000 && step < units.length - 1) {
      rest /= base;
      step += 1;
    }
    return `${(step === 0 ? integer : three).format(rest)}${GAP}${units[step] ?? ''}`;
  };

  // Two digits after the point, so that measured times line up; whole seconds are nominal ones.
  const seconds = (ms: number) =>
    (ms % SECOND === 0 || ms >= 99.95 * SECOND ? three : ms < 9.995 * SECOND ? twoDigits : oneDigit).format(ms / SECOND);

  return {
    locale,
    integer: (value) => integer.format(value),
    decimal: (value) => decimal.format(value),
    big: (value) => integer.format(value),
    point: oneDigit.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.',
    bytes: (value) => scaled(value, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']),
    memory: (value) => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
    pixels: (value) => scaled(value, 1000, ['px', 'kpx', 'Mpx', 'Gpx', 'Tpx', 'Ppx']),
    ms: (value) => (value < 999.5 ? `${integer.format(value)}${GAP}ms` : `${seconds(value)}${GAP}s`),
    factor: (value) => {
      if (value === undefined) return '–';
      // What is late must never read as 1.0.
      if (value >= 0.95 && value < 1) return `${twoDigits.format(Math.floor(value * 100) / 100)}×`;
      return `${value < 9.95 ? oneDigit.format(value) : integer.format(value)}×`;
    },
    percent: (value) => `${integer.format(value)}${GAP}%`,
    share: (value) => share.format(value),
    duration: (ms) => {
      const total = Math.max(0, ms);
      if (total < MINUTE) return `${integer.format(Math.floor(total / SECOND))}${GAP}s`;
      if (total < HOUR) return `${integer.format(Math.floor(total / MINUTE))}${GAP}min`;
      const [big, small, bigUnit, smallUnit] = total < DAY ? [HOUR, MINUTE, 'h', 'min'] : [DAY, HOUR, 'd', 'h'];
      const whole = Math.floor(total / big);
      const rest = Math.floor((total % big) / small);
      return `${integer.format(whole)}${GAP}${bigUnit}${rest > 0 ? ` ${rest}${GAP}${smallUnit}` : ''}`;
    },
    minutes: (ms) => {
      if (ms < MINUTE) return `${integer.format(Math.round(ms / SECOND))}${GAP}s`;
      const value = ms / MINUTE;
      return `${value < 99.95 ? oneDigit.format(value) : integer.format(value)}${GAP}min`;
    },
    clock: (atMs) => clock.format(atMs),
    clockSeconds: (atMs) => clockSeconds.format(atMs),
    moment: (atMs, nowMs) =>
      new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? clockSeconds.format(atMs) : moment.format(atMs),
    dateTime: (atMs) => dateTime.format(atMs),
    ago: (atMs, nowMs) => {
      const past = Math.max(0, nowMs - atMs);
      if (past < MINUTE) return relative.format(-Math.floor(past / SECOND), 'second');
      if (past < HOUR) return relative.format(-Math.floor(past / MINUTE), 'minute');
      if (past < DAY) return relative.format(-Math.floor(past / HOUR), 'hour');
      return relative.format(-Math.floor(past / DAY), 'day');
    },
    plural: (count) => plurals.select(count),
    list: (items) => lists.format(items),
  };
}
