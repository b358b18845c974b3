import type { OrchestratorLink, SegmentRecord, SessionRecord } from '../api/snapshot.ts';

/**
 * Told everything that happens to the transcoder client; given by `host`, which keeps the history and feeds the page. Called
 * synchronously on the segment's way: an implementation must return at once and never throw.
 */
export interface TranscoderObserver {
  /** The registration changed its state. Sent on every change. */
  linkChanged(link: OrchestratorLink): void;
  /** A segment took its next step; the record is whole each time. The last one has the state `done` or `failed`. */
  segmentChanged(record: SegmentRecord): void;
  /** A session got a segment, finished one, or ended (`endedAtMs`). */
  sessionChanged(record: SessionRecord): void;
}
