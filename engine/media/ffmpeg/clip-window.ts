import { AV_NOPTS_VALUE } from 'node-av/constants';
import { avCompareTs, avRescaleQ, type Frame, type Packet, type Rational, type Stream } from 'node-av/lib';
import type { Clip } from '../../api/media.ts';

const MS = { num: 1, den: 1000 };

/**
 * Which frames and audio packets of a segment are wanted, and when they are shown (reference: transcoder.md §6.5).
 * Without a clip everything passes as it is.
 */
export class ClipWindow implements Disposable {
  readonly #clip: Clip | undefined;
  readonly #timeBase: Rational;
  readonly #audio: Stream | undefined;
  readonly #onAudio: (packet: Packet) => void;
  readonly #held: Packet[] = [];
  #first: bigint | undefined;
  #firstKept: bigint | undefined;
  #firstAudio: bigint | undefined;

  constructor(clip: Clip | undefined, timeBase: Rational, audio: Stream | undefined, onAudio: (packet: Packet) => void) {
    this.#clip = clip && (clip.fromMs > 0 || clip.toMs > 0) ? clip : undefined;
    this.#timeBase = timeBase;
    this.#audio = audio;
    this.#onAudio = onAudio;
  }

  /** True when the frame is wanted; moves its time stamp to where it is shown. */
  keep(frame: Frame): boolean {
    if (!this.#clip) return true;
    this.#first ??= frame.pts;
    const at = frame.pts - this.#first;
    if (!this.#inside(at, this.#timeBase)) return false;
    const begins = this.#firstKept === undefined;
    this.#firstKept ??= frame.pts;
    if (this.#clip.fromMs > 0) frame.pts -= this.#firstKept;
    if (begins) {
      for (const packet of this.#held.splice(0)) {
        this.#place(packet);
        packet.free();
      }
    }
    return true;
  }

  /** Takes an audio packet, which may be passed on now, later or never. */
  audio(packet: Packet): void {
    const stamp = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
    this.#firstAudio ??= stamp;
    // Packets at the very start hold the encoder's priming where the stream declares some (§6.4).
    if (stamp !== 0n && stamp === this.#firstAudio && (this.#audio?.codecpar.initialPadding ?? 0) > 0) return;
    if (!this.#clip) this.#onAudio(packet);
    else if (this.#firstKept !== undefined) this.#place(packet);
    else {
      const copy = packet.clone();
      if (copy) this.#held.push(copy);
    }
  }

  #inside(at: bigint, timeBase: Rational): boolean {
    const { fromMs = 0, toMs = 0 } = this.#clip ?? {};
    return (
      (fromMs === 0 || avCompareTs(at, timeBase, BigInt(fromMs), MS) >= 0) &&
      (toMs === 0 || avCompareTs(at, timeBase, BigInt(toMs), MS) <= 0)
    );
  }

  #place(packet: Packet): void {
    if (!this.#audio || this.#firstKept === undefined || this.#firstAudio === undefined) return;
    const timeBase = this.#audio.timeBase;
    const stamp = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
    if (!this.#inside(stamp - this.#firstAudio, timeBase)) return;
    const start = avRescaleQ(this.#firstKept, this.#timeBase, timeBase);
    if (stamp < start) return;
    if ((this.#clip?.fromMs ?? 0) > 0) {
      if (packet.pts !== AV_NOPTS_VALUE) packet.pts -= start;
      if (packet.dts !== AV_NOPTS_VALUE) packet.dts -= start;
    }
    this.#onAudio(packet);
  }

  [Symbol.dispose](): void {
    for (const packet of this.#held.splice(0)) packet.free();
  }
}
