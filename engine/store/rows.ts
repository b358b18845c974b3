import { z } from 'zod';
import { ErrorCodeSchema, type ErrorInfo } from '../api/errors.ts';
import type { DeviceRef } from '../api/media.ts';
import type { Hops, RenditionRecord, SegmentRecord, SessionRecord } from '../api/snapshot.ts';

/** A value of a column as the driver takes and gives it. */
type Column = string | number | null;
/** A row by column name. */
export type Row = Readonly<Record<string, Column>>;

const DeviceSchema = z.object({ kind: z.enum(['gpu', 'cpu']), id: z.string(), name: z.string(), encoder: z.string() });
const SourceSchema = z.object({ width: z.number(), height: z.number(), fps: z.number(), codec: z.string() });
const RenditionsSchema = z.array(
  z.object({
    name: z.string(),
    width: z.number(),
    height: z.number(),
    frames: z.number(),
    bytes: z.number(),
    pixels: z.number(),
  }),
);

/** Hops and their columns, in the order in which a segment meets them. */
const HOP_COLUMNS = [
  ['admitMs', 'admit_ms'],
  ['downloadMs', 'download_ms'],
  ['handoffMs', 'handoff_ms'],
  ['codecMs', 'codec_ms'],
  ['uploadMs', 'upload_ms'],
  ['totalMs', 'total_ms'],
] as const;

/** The bytes of a segment's renditions together: what was sent. */
export function outputBytes(renditions: readonly RenditionRecord[]): number {
  return renditions.reduce((sum, rendition) => sum + rendition.bytes, 0);
}

/** A finished segment as a row. Numbers that are not finite become 0 (counts) or null (measurements). */
export function segmentToRow(segment: SegmentRecord): Row {
  const { device, error, hops } = segment;
  return {
    id: segment.id,
    session_id: segment.sessionId,
    manifest_id: segment.manifestId,
    seq: count(segment.seq),
    state: segment.state,
    started_at_ms: count(segment.startedAtMs),
    duration_ms: measured(segment.durationMs) ?? 0,
    source_bytes: count(segment.sourceBytes),
    output_bytes: count(outputBytes(segment.renditions)),
    decoded_pixels: count(segment.decodedPixels),
    encoded_pixels: count(segment.encodedPixels),
    ...Object.fromEntries(HOP_COLUMNS.map(([hop, column]) => [column, measured(hops[hop])])),
    realtime_factor: measured(segment.realtimeFactor),
    device_kind: device?.kind ?? null,
    device_id: device?.id ?? null,
    device_name: device?.name ?? null,
    encoder: device?.encoder ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    error_next_step: error?.nextStep ?? null,
    source: segment.source ? JSON.stringify(segment.source) : null,
    renditions: JSON.stringify(segment.renditions),
  };
}

/** A row as the segment it was made from. */
export function segmentFromRow(row: Row): SegmentRecord {
  const realtimeFactor = optional(row.realtime_factor);
  const device = deviceFromRow(row);
  const error = errorFromRow(row);
  const source = row.source == null ? undefined : SourceSchema.parse(JSON.parse(String(row.source)));
  return {
    id: String(row.id),
    sessionId: String(row.session_id),
    manifestId: String(row.manifest_id),
    seq: Number(row.seq),
    state: row.state === 'done' ? 'done' : 'failed',
    startedAtMs: Number(row.started_at_ms),
    durationMs: Number(row.duration_ms),
    sourceBytes: Number(row.source_bytes),
    ...(source ? { source } : {}),
    decodedPixels: Number(row.decoded_pixels),
    encodedPixels: Number(row.encoded_pixels),
    renditions: RenditionsSchema.parse(JSON.parse(String(row.renditions))),
    hops: hopsFromRow(row),
    ...(realtimeFactor === undefined ? {} : { realtimeFactor }),
    ...(device ? { device } : {}),
    ...(error ? { error } : {}),
  };
}

/** A session as a row. */
export function sessionToRow(session: SessionRecord): Row {
  return {
    id: session.id,
    manifest_id: session.manifestId,
    started_at_ms: count(session.startedAtMs),
    last_segment_at_ms: count(session.lastSegmentAtMs),
    ended_at_ms: session.endedAtMs === undefined ? null : count(session.endedAtMs),
    segments: count(session.segments),
    failed: count(session.failed),
    encoded_pixels: count(session.encodedPixels),
    profiles: JSON.stringify(session.profiles),
    realtime_factor: measured(session.realtimeFactor),
    device: session.device ? JSON.stringify(session.device) : null,
  };
}

/** A row as the session it was made from. */
export function sessionFromRow(row: Row): SessionRecord {
  const endedAtMs = optional(row.ended_at_ms);
  const realtimeFactor = optional(row.realtime_factor);
  return {
    id: String(row.id),
    manifestId: String(row.manifest_id),
    startedAtMs: Number(row.started_at_ms),
    lastSegmentAtMs: Number(row.last_segment_at_ms),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    segments: Number(row.segments),
    failed: Number(row.failed),
    encodedPixels: Number(row.encoded_pixels),
    profiles: z.array(z.string()).parse(JSON.parse(String(row.profiles))),
    ...(realtimeFactor === undefined ? {} : { realtimeFactor }),
    ...(row.device == null ? {} : { device: DeviceSchema.parse(JSON.parse(String(row.device))) }),
  };
}

function hopsFromRow(row: Row): Hops {
  return Object.fromEntries(
    HOP_COLUMNS.flatMap(([hop, column]) => {
      const value = optional(row[column]);
      return value === undefined ? [] : [[hop, value]];
    }),
  );
}

function deviceFromRow(row: Row): DeviceRef | undefined {
  if (row.device_id == null) return undefined;
  return DeviceSchema.parse({ kind: row.device_kind, id: row.device_id, name: row.device_name, encoder: row.encoder });
}

/** A code that this version does not know (an older database) reads as `internal`, its text kept. */
function errorFromRow(row: Row): ErrorInfo | undefined {
  if (row.error_code == null) return undefined;
  const code = ErrorCodeSchema.safeParse(row.error_code);
  return {
    code: code.success ? code.data : 'internal',
    message: String(row.error_message ?? ''),
    ...(row.error_next_step == null ? {} : { nextStep: String(row.error_next_step) }),
  };
}

function optional(value: Column | undefined): number | undefined {
  return value == null ? undefined : Number(value);
}

/** A whole number for an INTEGER column. */
function count(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}

/** A measurement, or null where there is none. */
export function measured(value: number | null | undefined): number | null {
  return value != null && Number.isFinite(value) ? value : null;
}
