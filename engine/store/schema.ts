/**
 * The database's migrations: the first makes version 1 out of an empty file, and so on. Forward only; each runs in one
 * transaction, and the database's version (`PRAGMA user_version`) is the number of those that ran. Never change one that
 * has been released: add the next.
 */
export const STORE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    manifest_id TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    last_segment_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    segments INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    encoded_pixels INTEGER NOT NULL,
    profiles TEXT NOT NULL,            -- JSON list of names
    realtime_factor REAL,
    device TEXT                        -- JSON DeviceRef
  ) STRICT;
  CREATE INDEX sessions_by_time ON sessions (started_at_ms);

  CREATE TABLE segments (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    manifest_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
    started_at_ms INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    source_bytes INTEGER NOT NULL,
    output_bytes INTEGER NOT NULL,
    decoded_pixels INTEGER NOT NULL,
    encoded_pixels INTEGER NOT NULL,
    admit_ms REAL,
    download_ms REAL,
    handoff_ms REAL,
    codec_ms REAL,
    upload_ms REAL,
    total_ms REAL,
    realtime_factor REAL,
    device_kind TEXT,
    device_id TEXT,
    device_name TEXT,
    encoder TEXT,
    error_code TEXT,
    error_message TEXT,
    error_next_step TEXT,
    source TEXT,                       -- JSON {width, height, fps, codec}
    renditions TEXT NOT NULL           -- JSON list of RenditionRecord
  ) STRICT;
  CREATE INDEX segments_by_time ON segments (started_at_ms, id);
  CREATE INDEX segments_by_session ON segments (session_id, started_at_ms);

  -- span_ms: 0 = one reading, otherwise the mean over that long, from at_ms on.
  CREATE TABLE gpu_samples (
    uuid TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    span_ms INTEGER NOT NULL,
    temperature_c REAL,
    power_w REAL,
    power_limit_w REAL,
    utilisation_percent REAL,
    encoder_percent REAL,
    decoder_percent REAL,
    memory_used_bytes REAL,
    nvenc_sessions REAL,
    PRIMARY KEY (uuid, at_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX gpu_samples_by_age ON gpu_samples (span_ms, at_ms);

  CREATE TABLE config_events (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    path TEXT NOT NULL,
    before TEXT,                       -- JSON
    after TEXT,                        -- JSON
    source TEXT NOT NULL
  ) STRICT;

  CREATE TABLE probe_cache (
    key TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    value TEXT NOT NULL                -- JSON
  ) STRICT;

  CREATE TABLE kv (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL                -- JSON
  ) STRICT;
  `,
];
