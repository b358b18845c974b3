/** A frame and the output time stamps (in units of one output frame) at which it is shown; empty = dropped. */
export interface Paced<T> {
  readonly frame: T;
  readonly stamps: readonly bigint[];
}

/** `value` × `numerator` / `denominator`, rounded to nearest, half away from zero (FFmpeg's AV_ROUND_NEAR_INF). */
export function rescale(value: bigint, numerator: bigint, denominator: bigint): bigint {
  const product = value * numerator;
  const half = denominator / 2n;
  return product >= 0n ? (product + half) / denominator : -((-product + half) / denominator);
}

/**
 * Constant frame rate by duplicating and dropping frames, decided on time stamps alone, so that frames which will be
 * dropped needn't be scaled. The same decisions as FFmpeg's `fps` filter with default rounding (libavfilter `vf_fps.c`).
 */
export class FrameRateConverter<T> {
  readonly #numerator: bigint;
  readonly #denominator: bigint;
  readonly #onStamp: () => void;
  #held: { readonly frame: T; readonly at: bigint; stamps: bigint[] } | undefined;
  #next: bigint | undefined;

  /** `onStamp` is called for every output frame and may throw, to end a runaway. */
  constructor(
    { timeBase, fps, fpsDen }: { timeBase: { num: number; den: number }; fps: number; fpsDen: number },
    onStamp: () => void = () => {},
  ) {
    this.#numerator = BigInt(timeBase.num) * BigInt(fps);
    this.#denominator = BigInt(timeBase.den) * BigInt(fpsDen);
    this.#onStamp = onStamp;
  }

  /** Takes the next frame (time stamps must rise); returns the frame before it, now that its fate is known. */
  push(frame: T, pts: bigint): Paced<T> | undefined {
    const at = rescale(pts, this.#numerator, this.#denominator);
    const done = this.#held ? this.#settle(at) : undefined;
    this.#next ??= at;
    this.#held = { frame, at, stamps: [] };
    return done;
  }

  /** Ends the stream at `endPts` (last frame's time stamp plus its duration); returns the last frame. */
  finish(endPts: bigint): Paced<T> | undefined {
    return this.#held ? this.#settle(rescale(endPts, this.#numerator, this.#denominator)) : undefined;
  }

  /** Gives back the frame that is held, when the stream ends by a failure. */
  abandon(): T | undefined {
    const frame = this.#held?.frame;
    this.#held = undefined;
    return frame;
  }

  #settle(until: bigint): Paced<T> | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (!held || this.#next === undefined) return undefined;
    while (this.#next < until) {
      this.#onStamp();
      held.stamps.push(this.#next);
      this.#next += 1n;
    }
    return { frame: held.frame, stamps: held.stamps };
  }
}
