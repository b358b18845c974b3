import type { PreviewStream } from '../api/snapshot.ts';
import { type Clock, systemClock } from '../base/clock.ts';

/** One track of a session: the source, or a rendition. */
interface PreviewTrack {
  /** `source`, or the rendition's name. */
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** One segment of every track of a session, at the same place of the time line. */
export interface PreviewSegment {
  readonly sessionId: string;
  readonly manifestId: string;
  /** Counts up; a gap is told to the player. */
  readonly seq: number;
  readonly durationMs: number;
  /** MPEG-TS bytes of each track. */
  readonly tracks: ReadonlyArray<PreviewTrack & { readonly data: Uint8Array }>;
}

export interface PreviewStoreParameters {
  /** Segments kept per track. */
  readonly segments?: number;
  /** Bytes kept over everything. */
  readonly maxBytes?: number;
  /** Sessions that can be watched; further ones are not kept. */
  readonly maxSessions?: number;
  readonly clock?: Clock;
}

/** What a preview URL leads to. */
export interface PreviewContent {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

interface Entry {
  readonly seq: number;
  readonly durationMs: number;
  /** Wall clock of its first frame, as the page may align tracks by it. */
  readonly startsAtMs: number;
  readonly discontinuity: boolean;
  readonly data: ReadonlyMap<string, Uint8Array>;
  readonly bytes: number;
}

interface Session {
  readonly manifestId: string;
  tracks: readonly PreviewTrack[];
  readonly entries: Entry[];
  /** Entries and discontinuities that were dropped at the beginning. */
  dropped: number;
  droppedDiscontinuities: number;
  nextSeq: number;
  nextStartMs: number;
  ended: boolean;
}

/** First part of every preview URL, relative to the engine's address. */
const PREVIEW_PREFIX = 'preview';

/**
 * The last segments of a few sessions, source and renditions, as live HLS: the page plays them side by side. All tracks of
 * a session move together, so that they show the same moment. In memory, bounded by count and bytes.
 */
export class PreviewStore {
  readonly #sessions = new Map<string, Session>();
  readonly #segments: number;
  readonly #maxBytes: number;
  readonly #maxSessions: number;
  readonly #clock: Clock;
  #bytes = 0;

  constructor({ segments = 12, maxBytes = 64 * 1024 * 1024, maxSessions = 4, clock = systemClock }: PreviewStoreParameters = {}) {
    this.#segments = segments;
    this.#maxBytes = maxBytes;
    this.#maxSessions = maxSessions;
    this.#clock = clock;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a segment of all its tracks; returns true when the list of streams changed. */
  addSegment(segment: PreviewSegment): boolean {
    const known = this.#sessions.get(segment.sessionId);
    const session = known ?? this.#open(segment);
    if (!session) return false;
    const changed = known === undefined || names(session.tracks) !== names(segment.tracks);
    session.tracks = segment.tracks.map(({ name, width, height }) => ({ name, width, height }));
    const bytes = segment.tracks.reduce((sum, { data }) => sum + data.length, 0);
    session.entries.push({
      seq: segment.seq,
      durationMs: segment.durationMs,
      startsAtMs: session.nextStartMs,
      discontinuity: session.entries.length + session.dropped > 0 && segment.seq !== session.nextSeq,
      data: new Map(segment.tracks.map(({ name, data }) => [name, data])),
      bytes,
    });
    session.nextSeq = segment.seq + 1;
    session.nextStartMs += segment.durationMs;
    this.#bytes += bytes;
    if (session.entries.length > this.#segments) this.#drop(session);
    this.#makeRoom();
    return changed;
  }

  /** The session gets no more segments: its playlists say so, and its place may be given away. */
  endSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session) session.ended = true;
  }

  /** Media playlist of a track. */
  playlist(sessionId: string, track: string): string | undefined {
    const session = this.#sessions.get(sessionId);
    if (!session?.tracks.some(({ name }) => name === track)) return undefined;
    const entries = session.entries.filter(({ data }) => data.has(track));
    const target = Math.ceil(Math.max(1_000, ...session.entries.map(({ durationMs }) => durationMs)) / 1_000);
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      `#EXT-X-TARGETDURATION:${target}`,
      `#EXT-X-MEDIA-SEQUENCE:${session.dropped}`,
      `#EXT-X-DISCONTINUITY-SEQUENCE:${session.droppedDiscontinuities}`,
    ];
    for (const { seq, durationMs, startsAtMs, discontinuity } of entries) {
      if (discontinuity) lines.push('#EXT-X-DISCONTINUITY');
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(startsAtMs).toISOString()}`);
      lines.push(`#EXTINF:${(durationMs / 1_000).toFixed(3)},`, `${encodeURIComponent(track)}/${seq}.ts`);
    }
    if (session.ended) lines.push('#EXT-X-ENDLIST');
    return `${lines.join('\n')}\n`;
  }

  /** Bytes of one segment of a track. */
  segment(sessionId: string, track: string, seq: number): Uint8Array | undefined {
    return this.#sessions
      .get(sessionId)
      ?.entries.find((entry) => entry.seq === seq)
      ?.data.get(track);
  }

  /** What can be watched now, newest session last. */
  list(): PreviewStream[] {
    return [...this.#sessions].map(([sessionId, { manifestId, tracks }]) => ({
      sessionId,
      manifestId,
      tracks: tracks.map((track) => ({
        ...track,
        playlist: `${PREVIEW_PREFIX}/${encodeURIComponent(sessionId)}/${encodeURIComponent(track.name)}.m3u8`,
      })),
    }));
  }

  /** Content behind a path of {@link list} or of a playlist, e.g. `/preview/1a2b3c4d/240p/7.ts`; undefined = not found. */
  serve(path: string): PreviewContent | undefined {
    const parts = path
      .replace(/^\//, '')
      .split('/')
      .map((part) => decode(part));
    if (parts[0] !== PREVIEW_PREFIX) return undefined;
    const [, sessionId = '', track = '', name] = parts;
    if (name === undefined) {
      const body = track.endsWith('.m3u8') ? this.playlist(sessionId, track.slice(0, -'.m3u8'.length)) : undefined;
      return body === undefined ? undefined : { contentType: 'application/vnd.apple.mpegurl', body };
    }
    const seq = /^(\d+)\.ts$/.exec(name)?.[1];
    const body = seq === undefined || parts.length > 4 ? undefined : this.segment(sessionId, track, Number(seq));
    return body === undefined ? undefined : { contentType: 'video/mp2t', body };
  }

  #open({ sessionId, manifestId, seq }: PreviewSegment): Session | undefined {
    if (this.#sessions.size >= this.#maxSessions) {
      const over = [...this.#sessions].find(([, { ended }]) => ended)?.[0];
      if (over === undefined) return undefined;
      this.#forget(over);
    }
    const session: Session = {
      manifestId,
      tracks: [],
      entries: [],
      dropped: 0,
      droppedDiscontinuities: 0,
      nextSeq: seq,
      nextStartMs: this.#clock.nowMs(),
      ended: false,
    };
    this.#sessions.set(sessionId, session);
    return session;
  }

  #drop(session: Session): void {
    const entry = session.entries.shift();
    if (!entry) return;
    this.#bytes -= entry.bytes;
    session.dropped += 1;
    if (entry.discontinuity) session.droppedDiscontinuities += 1;
  }

  #forget(sessionId: string): void {
    for (const { bytes } of this.#sessions.get(sessionId)?.entries ?? []) this.#bytes -= bytes;
    this.#sessions.delete(sessionId);
  }

  /** Takes from the session that holds most until everything fits. */
  #makeRoom(): void {
    while (this.#bytes > this.#maxBytes) {
      const largest = [...this.#sessions.values()].reduce((a, b) => (held(b) > held(a) ? b : a));
      this.#drop(largest);
    }
  }
}

function held({ entries }: Session): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

function names(tracks: readonly PreviewTrack[]): string {
  return JSON.stringify(tracks.map(({ name, width, height }) => [name, width, height]));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
