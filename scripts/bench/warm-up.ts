import { STANDARD_LADDER } from '../../engine/media/capacity.ts';
import { generateClip } from '../../engine/media/source.ts';
import type { SiphonSide } from './siphon-side.ts';

/** Segments after which V8 has compiled the way for good; before, its compiler takes the cores from it for milliseconds. */
const SEGMENTS = 300;

/** Sends many tiny segments the whole way: a transcoder runs for weeks, a benchmark only for minutes. */
export async function warmUp(siphon: SiphonSide): Promise<void> {
  const profiles = STANDARD_LADDER.map((profile) => ({ ...profile, width: 64, height: 36, bitrate: 100_000 }));
  const { segments } = await generateClip({
    width: 128,
    height: 72,
    fps: 30,
    seconds: 4,
    segmentSeconds: 0.2,
    bitrate: 8_000_000,
  });
  for (let index = 0; index < SEGMENTS; index += 1) {
    const segment = segments[index % segments.length];
    if (segment) await siphon.transcode('warm-up', index, segment.data, segment.durationMs, profiles);
  }
  siphon.endSession('warm-up');
}
