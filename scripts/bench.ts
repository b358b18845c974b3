// `npm run bench`: Siphon's whole wire path against one `ffmpeg` command per segment, alternated in one run on the same
// segments with the same encoder settings. Prints a table; with --json, JSON alone.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { STANDARD_LADDER } from '../engine/media/capacity.ts';
import { generateClip, type SourceSegment, segmentFile, shiftTimestamps } from '../engine/media/source.ts';
import { FFMPEG, FfmpegSide, type ReferenceEncoder } from './bench/ffmpeg-side.ts';
import { measureQuality } from './bench/quality.ts';
import { type CaseFigures, caseFigures, formatCases, formatQuality, type QualityFigures } from './bench/report.ts';
import { endStreams, ffmpegRound, type Round, siphonRound } from './bench/rounds.ts';
import { SiphonSide } from './bench/siphon-side.ts';
import { warmUp } from './bench/warm-up.ts';

const HELP = `npm run bench -- [options]
  --json               JSON on stdout
  --quick              one source, fewer rounds (about a minute)
  --sources 720p,1080p sources to transcode
  --sessions 1,2,4     streams at once
  --rounds 3           pairs of rounds per case
  --segments 4         segments of 2 s per stream and round
  --input FILE         your own H.264 or HEVC file instead of the generated clips
`;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    sources: { type: 'string' },
    sessions: { type: 'string' },
    rounds: { type: 'string' },
    segments: { type: 'string' },
    input: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const SIZES: Readonly<Record<string, { width: number; height: number }>> = {
  '720p': { width: 1280, height: 720 },
  '1080p': { width: 1920, height: 1080 },
};
const sources = values.input ? ['input'] : (values.sources ?? (values.quick ? '720p' : '720p,1080p')).split(',');
const sessionCounts = (values.sessions ?? (values.quick ? '1,2' : '1,2,4')).split(',').map(Number);
const rounds = Number(values.rounds ?? 3);
const segmentCount = Number(values.segments ?? (values.quick ? 2 : 4));

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function sourceSegments(name: string): Promise<SourceSegment[]> {
  if (values.input) {
    const segments: SourceSegment[] = [];
    for await (const segment of segmentFile(values.input, { segmentSeconds: 2 })) {
      if (segments.push(segment) === segmentCount) break;
    }
    return segments;
  }
  const size = SIZES[name];
  if (!size) throw new Error(`unknown source "${name}"; there are ${Object.keys(SIZES).join(', ')}`);
  const { segments } = await generateClip({ ...size, fps: 30, seconds: segmentCount * 2 });
  return segments;
}

async function compareQuality(
  source: string,
  segment: SourceSegment,
  siphon: SiphonSide,
  ffmpeg: FfmpegSide,
): Promise<QualityFigures[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-quality-'));
  try {
    const sourceFile = path.join(folder, 'source.ts');
    writeFileSync(sourceFile, segment.data);
    const { renditions } = await siphon.transcode(`quality-${source}`, segment.seq, segment.data, segment.durationMs);
    siphon.endSession(`quality-${source}`);
    await ffmpeg.transcode(0, segment.data);
    const figures: QualityFigures[] = [];
    for (const [index, { name, width, height }] of STANDARD_LADDER.entries()) {
      const ours = path.join(folder, `${name}.ts`);
      writeFileSync(ours, renditions[index] ?? new Uint8Array());
      const mine = await measureQuality(ours, sourceFile, width, height);
      const theirs = await measureQuality(ffmpeg.outputs(0)[index] ?? '', sourceFile, width, height);
      figures.push({
        source,
        rendition: name,
        siphon: mine,
        ffmpeg: theirs,
        delta: { psnr: mine.psnr - theirs.psnr, ssim: mine.ssim - theirs.ssim },
      });
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!existsSync(FFMPEG)) {
  note(`The benchmark compares with ${FFMPEG}, which is not installed. On Debian or Ubuntu: apt-get install ffmpeg`);
  process.exit(1);
}

await using siphon = await SiphonSide.start(STANDARD_LADDER, Math.max(...sessionCounts));
await warmUp(siphon);
const cases: CaseFigures[] = [];
const quality: QualityFigures[] = [];
let encoder: ReferenceEncoder = 'libx264';
for (const source of sources) {
  const segments = await sourceSegments(source);
  const [first] = segments;
  if (!first) throw new Error(`the source ${source} has no segments`);
  const warm = await siphon.transcode(`warm-${source}`, first.seq, first.data, first.durationMs);
  siphon.endSession(`warm-${source}`);
  encoder = warm.encoder === 'h264_nvenc' ? 'h264_nvenc' : 'libx264';
  using ffmpeg = new FfmpegSide(STANDARD_LADDER, encoder);
  quality.push(...(await compareQuality(source, first, siphon, ffmpeg)));
  const clipMs = segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
  for (const sessions of sessionCounts) {
    const ours: Round[] = [];
    const theirs: Round[] = [];
    const streams = { name: `${source}-${sessions}`, sessions };
    for (let round = 0; round < rounds; round += 1) {
      const next = segments.map((segment) => shiftTimestamps(segment, round * clipMs));
      // Which side goes first alternates too, so that neither always meets the warmer machine.
      const runOurs = async () => ours.push(await siphonRound(siphon, { ...streams, round }, next));
      const runTheirs = async () => theirs.push(await ffmpegRound(ffmpeg, sessions, next));
      if (round % 2 === 0) {
        await runTheirs();
        await runOurs();
      } else {
        await runOurs();
        await runTheirs();
      }
      const [mine, other] = [ours.at(-1), theirs.at(-1)];
      if (mine && other) {
        const ratio = (other.wallMs / mine.wallMs).toFixed(2);
        note(
          `${source} × ${sessions}, round ${round + 1}/${rounds}: ${ratio} (CPU time ${(other.cpuMs / mine.cpuMs).toFixed(2)})`,
        );
      }
    }
    endStreams(siphon, streams);
    cases.push(caseFigures(source, sessions, ours, theirs));
  }
}

const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node, encoder };
if (values.json) {
  process.stdout.write(`${JSON.stringify({ machine, cases, quality }, null, 2)}\n`);
} else {
  process.stdout.write(`${machine.cpu}, ${machine.cores} cores, ${encoder}. Ratio = Siphon's throughput ÷ ffmpeg's.\n\n`);
  process.stdout.write(`${formatCases(cases)}\n\n${formatQuality(quality)}\n`);
}
