// `npm run soak`: many segments through the whole wire path; memory must stay flat. Fails when a thousand segments, after the first 100,
// add 5 % or more to RSS. Prints a line, or JSON with --json.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { STANDARD_LADDER } from '../engine/media/capacity.ts';
import { generateClip, shiftTimestamps } from '../engine/media/source.ts';
import { rssOfTree } from './bench/process-usage.ts';
import { SiphonSide } from './bench/siphon-side.ts';
import { median } from './bench/stats.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    segments: { type: 'string', default: '1000' },
    /** Segments a session lives: sessions come and go as streams do. */
    'per-session': { type: 'string', default: '25' },
  },
});
const added = Number(values.segments);
const perSession = Number(values['per-session']);
/** Segments that go before those that count. */
const WARM = 100;
const total = WARM + added;
/** RSS is sampled after each segment; windows of this many smooth out what the collector has not yet given back. */
const WINDOW = 50;
const LIMIT = 0.05;

// Small pictures and short segments: what leaks, leaks per segment, and a thousand of them take minutes on two cores.
const profiles = STANDARD_LADDER.slice(0, 2).map((profile) => ({
  ...profile,
  width: profile.width / 2,
  height: profile.height / 2,
}));
const { segments } = await generateClip({ width: 480, height: 270, fps: 30, seconds: 8, segmentSeconds: 0.5 });
const clipMs = segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
const samples: number[] = [];
const started = performance.now();
{
  await using siphon = await SiphonSide.start(profiles, 2);
  for (let index = 0; index < total; index += 1) {
    const session = `soak-${Math.floor(index / perSession)}`;
    const source = segments[index % segments.length];
    if (!source) throw new Error('the clip has no segments');
    const segment = shiftTimestamps(source, Math.floor(index / segments.length) * clipMs);
    await siphon.transcode(session, index, segment.data, segment.durationMs);
    if ((index + 1) % perSession === 0) siphon.endSession(session);
    samples.push(rssOfTree());
    if ((index + 1) % 100 === 0) {
      const own = process.memoryUsage();
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
      process.stderr.write(
        `${index + 1} segments: ${megabytes(median(samples.slice(-WINDOW)))} in all; this process ${megabytes(own.rss)}, heap ${megabytes(own.heapUsed)}, buffers ${megabytes(own.arrayBuffers)}\n`,
      );
    }
  }
}

const warmBytes = median(samples.slice(WARM, WARM + WINDOW));
const lastBytes = median(samples.slice(-WINDOW));
const growth = lastBytes / warmBytes - 1;
const report = {
  segments: added,
  seconds: (performance.now() - started) / 1000,
  rssMbAfter100: warmBytes / 1e6,
  rssMbAtEnd: lastBytes / 1e6,
  growthPercent: growth * 100,
  limitPercent: LIMIT * 100,
  flat: growth < LIMIT,
};
process.stdout.write(
  values.json
    ? `${JSON.stringify(report, null, 2)}\n`
    : `${added} segments in ${report.seconds.toFixed(0)} s: ${report.rssMbAfter100.toFixed(1)} MB after ${WARM}, ${report.rssMbAtEnd.toFixed(1)} MB at the end (${report.growthPercent.toFixed(1)} %, limit ${report.limitPercent} %)\n`,
);
process.exitCode = report.flat ? 0 : 1;
