import type { OrchestratorLink, SegmentRecord, SessionRecord } from '../../engine/api/snapshot.ts';
import type { TranscoderObserver } from '../../engine/transcoder/observer.ts';

/** Keeps everything a transcoder client tells, and lets tests wait for it. */
export class RecordingObserver implements TranscoderObserver {
  readonly links: OrchestratorLink[] = [];
  readonly segments: SegmentRecord[] = [];
  readonly sessions: SessionRecord[] = [];
  readonly #waiters = new Set<() => void>();

  linkChanged(link: OrchestratorLink): void {
    this.links.push(link);
    this.#changed();
  }

  segmentChanged(record: SegmentRecord): void {
    this.segments.push(record);
    this.#changed();
  }

  sessionChanged(record: SessionRecord): void {
    this.sessions.push(record);
    this.#changed();
  }

  /** Last word about every segment that is done or failed, in order of their end. */
  get ended(): SegmentRecord[] {
    return this.segments.filter(({ state }) => state === 'done' || state === 'failed');
  }

  get link(): OrchestratorLink | undefined {
    return this.links.at(-1);
  }

  /** Waits until `found` returns something, and returns it. */
  until<T>(found: (observer: this) => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const value = found(this);
        if (value === undefined || value === false) return;
        this.#waiters.delete(check);
        resolve(value);
      };
      this.#waiters.add(check);
      check();
    });
  }

  untilLink(state: OrchestratorLink['state']): Promise<OrchestratorLink> {
    return this.until(({ link }) => (link?.state === state ? link : undefined));
  }

  untilEnded(count: number): Promise<SegmentRecord[]> {
    return this.until(({ ended }) => (ended.length >= count ? ended : undefined));
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }
}
