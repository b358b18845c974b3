import type { Size } from '../size.ts';

/** What one segment may use of a worker's cores. */
export interface ThreadBudget {
  /** Threads for decoding. */
  readonly decoder: number;
  /** Threads for all encoders of the segment together. */
  readonly encoders: number;
}

const MAX_DECODER_THREADS = 4;
const MAX_ENCODER_THREADS = 16;

/**
 * Shares a worker's cores among the segments it runs at once. With as many segments as cores or more, every codec runs
 * single-threaded: x264's and the decoder's own threads cost processor time, and the renditions already run side by side.
 */
export function threadBudget(cores: number, segments: number): ThreadBudget {
  const share = Math.max(1, Math.floor(cores / Math.max(1, segments)));
  return { decoder: Math.max(1, Math.min(MAX_DECODER_THREADS, Math.floor(share / 2))), encoders: share };
}

/**
 * Threads for each rendition's encoder: the budget by pixels, rounded up. The largest rendition decides when a segment that is alone is
 * through, and on one thread it would still run when the others have long ended.
 */
export function encoderThreads(sizes: readonly Size[], budget: ThreadBudget): number[] {
  const total = sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  return sizes.map(({ width, height }) => {
    const share = total > 0 ? (budget.encoders * width * height) / total : 1;
    return Math.max(1, Math.min(MAX_ENCODER_THREADS, Math.ceil(share)));
  });
}
