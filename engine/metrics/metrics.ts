/** Labels of one series, e.g. `{ hop: 'download' }`. */
export type Labels = Readonly<Record<string, string>>;

type MetricKind = 'counter' | 'gauge' | 'histogram';

const NAME = /^siphon_[a-z][a-z0-9_]*$/;
const LABEL = /^[a-z][a-z0-9_]*$/;

/**
 * Series that one metric may have; more are not counted apart but under `other`. Labels come from the outside here and
 * there (GPU names, error codes), and a scraper's memory must not depend on that.
 */
const MAX_SERIES = 500;

/** Shared part of the metrics: a value per combination of labels. */
abstract class Metric<Value> {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  protected readonly series = new Map<string, { readonly labels: Labels; value: Value }>();

  constructor(kind: MetricKind, name: string, help: string) {
    if (!NAME.test(name)) throw new Error(`metric name "${name}" must look like siphon_some_thing`);
    this.kind = kind;
    this.name = name;
    this.help = help;
  }

  protected entry(labels: Labels, initial: () => Value): { value: Value } {
    const key = seriesKey(labels);
    const known = this.series.get(key);
    if (known) return known;
    if (this.series.size >= MAX_SERIES) {
      const other = Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']));
      const rest = this.series.get(seriesKey(other));
      if (rest) return rest;
      return this.#add(other, initial());
    }
    return this.#add(labels, initial());
  }

  #add(labels: Labels, value: Value): { value: Value } {
    for (const label of Object.keys(labels)) {
      if (!LABEL.test(label)) throw new Error(`label name "${label}" must be lower case`);
    }
    const entry = { labels: { ...labels }, value };
    this.series.set(seriesKey(labels), entry);
    return entry;
  }

  /** The metric's lines in the text format. */
  abstract lines(): string[];

  protected header(): string[] {
    return [`# HELP ${this.name} ${escapeHelp(this.help)}`, `# TYPE ${this.name} ${this.kind}`];
  }
}

/** A number that only grows. */
export class Counter extends Metric<number> {
  constructor(name: string, help: string) {
    super('counter', name, help);
    if (!name.endsWith('_total')) throw new Error(`counter "${name}" must end in _total`);
  }

  /** Adds a number ≥ 0; anything else is ignored. */
  add(amount: number, labels: Labels = {}): void {
    const entry = this.entry(labels, () => 0);
    if (Number.isFinite(amount) && amount > 0) entry.value += amount;
  }

  lines(): string[] {
    return [...this.header(), ...[...this.series.values()].map(({ labels, value }) => line(this.name, labels, value))];
  }
}

/** A number that goes up and down. */
export class Gauge extends Metric<number> {
  constructor(name: string, help: string) {
    super('gauge', name, help);
  }

  /** Sets the value; null or not finite = unknown, and the series disappears (unknown is never zero). */
  set(value: number | null, labels: Labels = {}): void {
    if (value === null || !Number.isFinite(value)) this.series.delete(seriesKey(labels));
    else this.entry(labels, () => value).value = value;
  }

  /** Forgets all series, before setting those that exist now. */
  clear(): void {
    this.series.clear();
  }

  lines(): string[] {
    return [...this.header(), ...[...this.series.values()].map(({ labels, value }) => line(this.name, labels, value))];
  }
}

interface Distribution {
  /** Observations per bound, not cumulated; the last is beyond all bounds. */
  readonly counts: number[];
  sum: number;
}

/** How values are distributed over fixed bounds. */
export class Histogram extends Metric<Distribution> {
  readonly #bounds: readonly number[];

  /** @param bounds upper bounds, ascending, without infinity */
  constructor(name: string, help: string, bounds: readonly number[]) {
    super('histogram', name, help);
    if (bounds.some((bound, index) => bound <= (bounds[index - 1] ?? Number.NEGATIVE_INFINITY))) {
      throw new Error(`bounds of ${name} must ascend`);
    }
    this.#bounds = bounds;
  }

  /** Counts one observation; values that are not finite are ignored. */
  observe(value: number, labels: Labels = {}): void {
    if (!Number.isFinite(value)) return;
    const { value: distribution } = this.entry(labels, () => ({
      counts: Array.from({ length: this.#bounds.length + 1 }, () => 0),
      sum: 0,
    }));
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const index = found < 0 ? this.#bounds.length : found;
    distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
    distribution.sum += value;
  }

  lines(): string[] {
    return [...this.header(), ...[...this.series.values()].flatMap(({ labels, value }) => this.#seriesLines(labels, value))];
  }

  #seriesLines(labels: Labels, { counts, sum }: Distribution): string[] {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return line(`${this.name}_bucket`, { ...labels, le: formatNumber(this.#bounds[index] ?? Number.POSITIVE_INFINITY) }, total);
    });
    return [...buckets, line(`${this.name}_sum`, labels, sum), line(`${this.name}_count`, labels, total)];
  }
}

/**
 * Metrics as the Prometheus text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/),
 * to be served as `text/plain; version=0.0.4; charset=utf-8`.
 */
export function renderMetrics(metrics: Iterable<{ lines(): string[] }>): string {
  return `${[...metrics].flatMap((metric) => metric.lines()).join('\n')}\n`;
}

function seriesKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${formatNumber(value)}`;
}

function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
