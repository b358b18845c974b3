import { fromBitstring } from '../wire/capabilities.ts';
import { capabilityName } from '../wire/capability-names.ts';
import type { AttemptEvent } from './assignment.ts';
import type { SegmentResult } from './job.ts';
import type { TranscoderMember } from './member.ts';

/** How many round-trip times the median is taken of. */
const RECENT = 32;

/** One transcoder's record, for the status and for people. */
export interface TranscoderStatistics {
  readonly id: string;
  readonly address: string;
  readonly connectedAtMs: number;
  readonly capacity: number;
  /** Sessions bound to it now. */
  readonly sessions: number;
  readonly draining: boolean;
  /** What it can do, by name. */
  readonly capabilities: readonly string[];
  readonly inFlight: number;
  readonly segments: number;
  readonly failed: number;
  readonly timeouts: number;
  readonly encodedPixels: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Median milliseconds from notice to result of the last segments; absent before the first. */
  readonly roundTripMs?: number;
  readonly lastResultAtMs?: number;
  /** Text of its last failure. */
  readonly lastFault?: string;
}

/** Counts what one transcoder does. */
export class MemberRecord {
  readonly member: TranscoderMember;
  readonly #connectedAtMs: number;
  readonly #recent: number[] = [];
  readonly #capabilities: readonly string[];
  inFlight = 0;
  #segments = 0;
  #failed = 0;
  #timeouts = 0;
  #encodedPixels = 0;
  #bytesOut = 0;
  #bytesIn = 0;
  #lastResultAtMs: number | undefined;
  #lastFault: string | undefined;

  constructor(member: TranscoderMember, nowMs: number) {
    this.member = member;
    this.#capabilities = fromBitstring(member.capabilities.bitstring).map(capabilityName);
    this.#connectedAtMs = nowMs;
  }

  /** Counts one try's end. `sourceBytes` were given to it. */
  note(event: AttemptEvent, tookMs: number, nowMs: number, sourceBytes: number, result?: SegmentResult, text?: string): void {
    this.#bytesOut += event === 'not-sent' ? 0 : sourceBytes;
    if (event !== 'done') {
      this.#failed += 1;
      this.#timeouts += event === 'timeout' ? 1 : 0;
      this.#lastFault = text ?? event;
      return;
    }
    this.#segments += 1;
    this.#lastResultAtMs = nowMs;
    for (const { pixels, data } of result?.renditions ?? []) {
      this.#encodedPixels += pixels;
      this.#bytesIn += data.length;
    }
    this.#recent.push(tookMs);
    if (this.#recent.length > RECENT) this.#recent.shift();
  }

  snapshot(sessions: number): TranscoderStatistics {
    const sorted = [...this.#recent].sort((a, b) => a - b);
    const roundTripMs = sorted[Math.floor(sorted.length / 2)];
    return {
      id: this.member.id,
      address: this.member.address,
      connectedAtMs: this.#connectedAtMs,
      capacity: this.member.capacity,
      sessions,
      draining: this.member.draining,
      capabilities: this.#capabilities,
      inFlight: this.inFlight,
      segments: this.#segments,
      failed: this.#failed,
      timeouts: this.#timeouts,
      encodedPixels: this.#encodedPixels,
      bytesOut: this.#bytesOut,
      bytesIn: this.#bytesIn,
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(this.#lastResultAtMs === undefined ? {} : { lastResultAtMs: this.#lastResultAtMs }),
      ...(this.#lastFault === undefined ? {} : { lastFault: this.#lastFault }),
    };
  }
}
