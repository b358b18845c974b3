import type { EngineSnapshot, OrchestratorLink, SegmentRecord, SessionRecord, Totals } from '../api/snapshot.ts';
import { EMPTY_TOTALS } from '../api/snapshot.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import type { Log } from '../base/log.ts';
import type { Health } from '../health/health.ts';
import type { EngineMetrics } from '../metrics/engine-metrics.ts';
import type { Store } from '../store/store.ts';
import { addSegment } from '../store/totals.ts';
import type { TranscoderObserver } from '../transcoder/observer.ts';
import type { EngineState } from './state.ts';

/** Key of the problem that stands while the orchestrator refuses this machine. */
const REFUSED_KEY = 'orchestrator-refused';

/** Key of the problem that stands while the orchestrator shows another TLS key than the pinned one. */
const CERTIFICATE_KEY = 'orchestrator-certificate-changed';

/** How often it is looked whether another day has begun, milliseconds; short, so that sleep and a clock that is set do no harm. */
const DAY_LOOK_MS = 30_000;

/** What a {@link Recorder} writes to. */
export interface RecorderParameters {
  readonly state: EngineState;
  readonly store: Store;
  readonly metrics: EngineMetrics;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after every change, so that the run state can count what runs. */
  readonly onActivity: () => void;
  readonly dayLookMs?: number;
}

/** Turns what the roles report into history, snapshot and metrics. A segment is committed before it is shown as finished. */
export class Recorder implements TranscoderObserver, Disposable {
  readonly #parameters: RecorderParameters;
  readonly #timer: NodeJS.Timeout;
  #day: number;
  #today: Totals;
  #yesterday: Totals;
  #sinceStart: Totals = EMPTY_TOTALS;
  readonly onFinished = new Emitter<SegmentRecord>();

  constructor(parameters: RecorderParameters) {
    this.#parameters = parameters;
    this.#day = startOfDay(parameters.clock.nowMs());
    this.#today = parameters.store.totals(this.#day);
    this.#yesterday = difference(parameters.store.totals(dayBefore(this.#day)), this.#today);
    // Also without a segment that says so: a machine without work must not show yesterday's as today's.
    this.#timer = setInterval(() => this.#rollOver(), parameters.dayLookMs ?? DAY_LOOK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** What earlier runs left: today's totals and the last segments and sessions. */
  initial(segments: number, sessions: number): Pick<EngineSnapshot, 'today' | 'yesterday' | 'segments' | 'sessions'> {
    const { store } = this.#parameters;
    return {
      today: this.#today,
      yesterday: this.#yesterday,
      segments: store.recentSegments(segments),
      sessions: store.recentSessions(sessions),
    };
  }

  linkChanged(link: OrchestratorLink): void {
    const { state, health } = this.#parameters;
    state.change({ link });
    if (link.state === 'refused' && link.error) {
      health.set({
        key: REFUSED_KEY,
        code: link.error.code,
        severity: 'error',
        title: 'The orchestrator refused this machine',
        text: link.error.message,
        nextStep: link.error.nextStep ?? 'Ask the operator of the orchestrator.',
      });
    } else if (link.state === 'registered') health.clear(REFUSED_KEY);
    if (link.error?.code === 'orchestrator-certificate-changed') {
      health.set({
        key: CERTIFICATE_KEY,
        code: link.error.code,
        severity: 'error',
        title: 'This is not the orchestrator that you joined',
        text: `${link.error.message} Siphon keeps trying, in case the right one comes back.`,
        nextStep: link.error.nextStep ?? 'Ask the operator of the orchestrator.',
      });
    } else if (link.state === 'registered' || link.state === 'closed') health.clear(CERTIFICATE_KEY);
  }

  segmentChanged(record: SegmentRecord): void {
    const { state, store, metrics, log, onActivity } = this.#parameters;
    if (record.state === 'done' || record.state === 'failed') {
      // Before it is in the history, which a new day's totals are read from.
      this.#rollOver();
      store.recordSegment(record);
      metrics.segmentFinished(record);
      this.#today = addSegment(this.#today, record);
      this.#sinceStart = addSegment(this.#sinceStart, record);
      state.change({ segments: [record], today: this.#today, sinceStart: this.#sinceStart });
      if (record.state === 'failed') {
        const { sessionId, seq, error } = record;
        log.warn({ sessionId, seq, code: error?.code }, `segment failed: ${error?.message ?? 'unknown reason'}`);
      }
      this.onFinished.emit(record);
    } else {
      state.change({ segments: [record] });
    }
    onActivity();
  }

  sessionChanged(record: SessionRecord): void {
    this.#parameters.store.upsertSession(record);
    this.#parameters.state.change({ sessions: [record] });
  }

  /** Takes the totals of another day, where one has begun: at local midnight, or by a clock or a time zone that was set. */
  #rollOver(): void {
    const { clock, store, state } = this.#parameters;
    const day = startOfDay(clock.nowMs());
    if (day === this.#day) return;
    this.#day = day;
    this.#today = store.totals(day);
    this.#yesterday = difference(store.totals(dayBefore(day)), this.#today);
    state.change({ today: this.#today, yesterday: this.#yesterday });
  }
}

function dayBefore(day: number): number {
  // Noon of the day before, so that a change of the clock cannot miss it.
  return startOfDay(day - 12 * 3_600_000);
}

function difference(all: Totals, part: Totals): Totals {
  return {
    segments: all.segments - part.segments,
    failed: all.failed - part.failed,
    encodedPixels: all.encodedPixels - part.encodedPixels,
    decodedPixels: all.decodedPixels - part.decodedPixels,
    bytesIn: all.bytesIn - part.bytesIn,
    bytesOut: all.bytesOut - part.bytesOut,
    mediaMs: all.mediaMs - part.mediaMs,
  };
}

function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}
