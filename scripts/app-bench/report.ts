import { type Figure, isMet } from './figures.ts';

/** The figures as a table for people. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => ({
    name: figure.name,
    limit: figure.limit === undefined ? '' : `${figure.unit === 'fps' ? '≥' : '<'} ${figure.limit} ${figure.unit}`,
    measured: `${number(figure)} ${figure.unit}`,
    met: { true: 'yes', false: 'NO', undefined: '' }[`${isMet(figure)}`],
    note: figure.note ?? '',
  }));
  const head = { name: 'figure', limit: 'limit', measured: 'measured', met: 'met', note: '' };
  const all = [head, ...rows];
  const width = (key: keyof typeof head) => Math.max(...all.map((row) => row[key].length));
  const line = (row: typeof head): string =>
    [
      row.name.padEnd(width('name')),
      row.limit.padStart(width('limit')),
      row.measured.padStart(width('measured')),
      row.met.padEnd(width('met')),
      row.note,
    ]
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}

/** What else the machine did meanwhile. */
export function loadText({
  cpu,
  cores,
  loads,
}: {
  readonly cpu: string;
  readonly cores: number;
  readonly loads: readonly number[];
}) {
  const words = loads.map((load) => load.toFixed(1)).join(' to ');
  return `${cores} cores (${cpu}); load of the machine ${words}, of which this is a part.`;
}

function number({ value, unit }: Figure): string {
  return value.toFixed(unit === '%' ? 2 : unit === 'ms' ? 0 : 1);
}
