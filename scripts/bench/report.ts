import type { Quality } from './quality.ts';
import type { Round } from './rounds.ts';
import { median, percentile, type Spread, spread } from './stats.ts';

/** One side's figures over all rounds of a case. */
interface SideFigures {
  readonly segmentsPerSecond: Spread;
  /** Media time ÷ wall time, all sessions together. */
  readonly realtimeFactor: Spread;
  readonly latencyP50Ms: number;
  readonly latencyP95Ms: number;
  readonly cpuMsPerSegment: number;
  readonly peakRssMb: number;
}

/** One case of the benchmark: a source and a number of sessions. */
export interface CaseFigures {
  readonly source: string;
  readonly sessions: number;
  readonly siphon: SideFigures & { readonly outsideCodecP50Ms: number; readonly outsideCodecP95Ms: number };
  readonly ffmpeg: SideFigures;
  /** Siphon's throughput ÷ ffmpeg's, round by round. */
  readonly ratio: Spread;
  /** ffmpeg's CPU time ÷ Siphon's, round by round: what counts where the machine is shared. */
  readonly cpuRatio: Spread;
}

/** How close both sides come to the scaled source; `delta` is Siphon minus ffmpeg. */
export interface QualityFigures {
  readonly source: string;
  readonly rendition: string;
  readonly siphon: Quality;
  readonly ffmpeg: Quality;
  readonly delta: Quality;
}

/** Reduces the rounds of one side. */
function sideFigures(rounds: readonly Round[]): SideFigures {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    segmentsPerSecond: spread(rounds.map(({ segments, wallMs }) => segments / (wallMs / 1000))),
    realtimeFactor: spread(rounds.map(({ mediaMs, wallMs }) => mediaMs / wallMs)),
    latencyP50Ms: median(latencies),
    latencyP95Ms: percentile(latencies, 95),
    cpuMsPerSegment: median(rounds.map(({ cpuMs, segments }) => cpuMs / segments)),
    peakRssMb: Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes)) / 1e6,
  };
}

/** Reduces a case; the rounds of the two sides were run in pairs. */
export function caseFigures(source: string, sessions: number, siphon: readonly Round[], ffmpeg: readonly Round[]): CaseFigures {
  const outside = siphon.flatMap(({ outsideCodecMs }) => outsideCodecMs);
  const ratios = siphon.flatMap((round, index) => {
    const other = ffmpeg[index];
    return other ? [other.wallMs / round.wallMs] : [];
  });
  const cpuRatios = siphon.flatMap((round, index) => {
    const other = ffmpeg[index];
    return other ? [other.cpuMs / round.cpuMs] : [];
  });
  return {
    source,
    sessions,
    siphon: { ...sideFigures(siphon), outsideCodecP50Ms: median(outside), outsideCodecP95Ms: percentile(outside, 95) },
    ffmpeg: sideFigures(ffmpeg),
    ratio: spread(ratios),
    cpuRatio: spread(cpuRatios),
  };
}

/** The cases as a table for people. */
export function formatCases(cases: readonly CaseFigures[]): string {
  const head = [
    'source',
    'streams',
    'side',
    'seg/s (min–max)',
    '× real time',
    'p50 ms',
    'p95 ms',
    'outside ms',
    'CPU ms/seg',
    'RSS MB',
    'ratio (min–max)',
    'CPU ratio',
  ];
  const rows = cases.flatMap(({ source, sessions, siphon, ffmpeg, ratio, cpuRatio }) => [
    [
      source,
      String(sessions),
      'siphon',
      ...sideCells(siphon, siphon.outsideCodecP50Ms.toFixed(1)),
      withSpread(ratio),
      cpuRatio.median.toFixed(2),
    ],
    ['', '', 'ffmpeg', ...sideCells(ffmpeg, '–'), '', ''],
  ]);
  return table([head, ...rows]);
}

/** The quality comparison as a table. */
export function formatQuality(figures: readonly QualityFigures[]): string {
  const head = ['source', 'rendition', 'PSNR siphon', 'PSNR ffmpeg', 'Δ dB', 'SSIM siphon', 'SSIM ffmpeg', 'Δ'];
  const rows = figures.map(({ source, rendition, siphon, ffmpeg, delta }) => [
    source,
    rendition,
    siphon.psnr.toFixed(2),
    ffmpeg.psnr.toFixed(2),
    delta.psnr.toFixed(3),
    siphon.ssim.toFixed(4),
    ffmpeg.ssim.toFixed(4),
    delta.ssim.toFixed(5),
  ]);
  return table([head, ...rows]);
}

function sideCells(figures: SideFigures, outside: string): string[] {
  return [
    withSpread(figures.segmentsPerSecond),
    figures.realtimeFactor.median.toFixed(2),
    figures.latencyP50Ms.toFixed(0),
    figures.latencyP95Ms.toFixed(0),
    outside,
    figures.cpuMsPerSegment.toFixed(0),
    figures.peakRssMb.toFixed(0),
  ];
}

function withSpread({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
