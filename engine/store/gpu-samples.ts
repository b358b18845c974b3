import type { GpuSample } from '../api/hardware.ts';
import type { Db } from './connection.ts';
import { measured, type Row } from './rows.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How readings are thinned: those older than `afterMs` with a span below `spanMs` become means over `spanMs`. */
const DOWN_SAMPLING = [
  { afterMs: HOUR_MS, spanMs: MINUTE_MS },
  { afterMs: 48 * HOUR_MS, spanMs: QUARTER_MS },
] as const;

/** Columns that are averaged over a span. */
const MEANS = ['temperature_c', 'power_w', 'power_limit_w', 'utilisation_percent', 'encoder_percent', 'decoder_percent'];
/** Columns of which the highest in a span counts: what runs out is the peak. */
const PEAKS = ['memory_used_bytes', 'nvenc_sessions'];
const COLUMNS = [...MEANS, ...PEAKS];
const AGGREGATES = [...MEANS.map((name) => `avg(${name}) AS ${name}`), ...PEAKS.map((name) => `max(${name}) AS ${name}`)];

/** Writes readings of GPUs' sensors; a second reading of one GPU in the same millisecond replaces the first. */
export function writeGpuSamples(db: Db, samples: readonly GpuSample[]): void {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO gpu_samples (uuid, at_ms, span_ms, ${COLUMNS.join(', ')})
     VALUES (@uuid, @at_ms, 0, ${COLUMNS.map((name) => `@${name}`).join(', ')})`,
  );
  db.transaction(() => {
    for (const sample of samples) {
      insert.run({
        uuid: sample.uuid,
        at_ms: Math.round(sample.atMs),
        temperature_c: measured(sample.temperatureC),
        power_w: measured(sample.powerW),
        power_limit_w: measured(sample.powerLimitW),
        utilisation_percent: measured(sample.utilisationPercent),
        encoder_percent: measured(sample.encoderPercent),
        decoder_percent: measured(sample.decoderPercent),
        memory_used_bytes: measured(sample.memoryUsedBytes),
        nvenc_sessions: measured(sample.nvencSessions),
      });
    }
  }).immediate();
}

/** A stretch of one GPU's readings. */
export interface GpuSeriesQuery {
  readonly uuid: string;
  /** From (inclusive) to (exclusive), milliseconds since the Unix epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** At most about this many points; more are averaged. */
  readonly maxPoints: number;
}

/** The readings of one GPU, oldest first, evenly thinned to `maxPoints`. */
export function readGpuSeries(db: Db, query: GpuSeriesQuery): GpuSample[] {
  const spanMs = Math.max(1, Math.ceil((query.toMs - query.fromMs) / Math.max(1, query.maxPoints)));
  return db
    .prepare<[Record<string, unknown>], Row>(
      `SELECT uuid, min(at_ms) AS at_ms, ${AGGREGATES.join(', ')} FROM gpu_samples
        WHERE uuid = @uuid AND at_ms >= @fromMs AND at_ms < @toMs GROUP BY (at_ms - CAST(@fromMs AS INTEGER)) / CAST(@spanMs AS INTEGER) ORDER BY at_ms`,
    )
    .all({ uuid: query.uuid, fromMs: Math.floor(query.fromMs), toMs: Math.ceil(query.toMs), spanMs })
    .map(fromRow);
}

/** Thins readings by age; returns how many rows went. A span is thinned only once it is over as a whole. */
export function thinGpuSamples(db: Db, nowMs: number): number {
  let gone = 0;
  for (const { afterMs, spanMs } of DOWN_SAMPLING) {
    // The driver binds large numbers as REAL; the casts keep the divisions whole.
    const start = 'at_ms / CAST(@spanMs AS INTEGER) * CAST(@spanMs AS INTEGER)';
    const values = { spanMs, untilMs: Math.floor((nowMs - afterMs) / spanMs) * spanMs };
    const where = 'span_ms < @spanMs AND at_ms < @untilMs';
    db.transaction(() => {
      const means = db
        .prepare<[Record<string, unknown>], Row>(
          `SELECT uuid, ${start} AS at_ms, CAST(@spanMs AS INTEGER) AS span_ms, ${AGGREGATES.join(', ')}
             FROM gpu_samples WHERE ${where} GROUP BY uuid, ${start}`,
        )
        .all(values);
      if (means.length === 0) return;
      gone += db.prepare(`DELETE FROM gpu_samples WHERE ${where}`).run(values).changes - means.length;
      const names = ['uuid', 'at_ms', 'span_ms', ...COLUMNS];
      const insert = db.prepare(
        `INSERT OR REPLACE INTO gpu_samples (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
      );
      for (const mean of means) insert.run(mean);
    }).immediate();
  }
  return gone;
}

function fromRow(row: Row): GpuSample {
  const number = (name: string): number | null => (row[name] == null ? null : Number(row[name]));
  return {
    uuid: String(row.uuid),
    atMs: Number(row.at_ms),
    temperatureC: number('temperature_c'),
    powerW: number('power_w'),
    powerLimitW: number('power_limit_w'),
    utilisationPercent: number('utilisation_percent'),
    encoderPercent: number('encoder_percent'),
    decoderPercent: number('decoder_percent'),
    memoryUsedBytes: number('memory_used_bytes'),
    nvencSessions: number('nvenc_sessions'),
  };
}
