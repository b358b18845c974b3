import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PreviewStore } from '../../engine/practice/preview.ts';

const SEGMENT_S = 2;
const COUNT = 15;
const TRACKS = [
  { name: 'source', width: 1280, height: 720 },
  { name: '240p', width: 426, height: 240 },
  { name: '360p', width: 640, height: 360 },
  { name: '480p', width: 854, height: 480 },
] as const;

/** A preview that plays a clip made by the system's ffmpeg, over and over: real HLS for the page's player. */
export function startFakePreviews(sessionId: string, manifestId: string): { readonly store: PreviewStore; stop(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'siphon-preview-'));
  const clips = TRACKS.map(({ name, width, height }) => {
    execFileSync('ffmpeg', [
      ...['-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=30`],
      ...[
        '-t',
        String(SEGMENT_S * COUNT),
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-pix_fmt',
        'yuv420p',
        '-g',
        '60',
        '-bf',
        '0',
      ],
      ...['-f', 'segment', '-segment_time', String(SEGMENT_S), '-segment_format', 'mpegts', path.join(folder, `${name}-%03d.ts`)],
    ]);
    return readdirSync(folder)
      .filter((file) => file.startsWith(`${name}-`))
      .sort()
      .map((file) => readFileSync(path.join(folder, file)));
  });
  rmSync(folder, { recursive: true, force: true });
  const store = new PreviewStore();
  let seq = 0;
  const add = () => {
    // A loop's first segment begins at time 0 again: a jump in the numbers tells the player so.
    const number = seq + Math.floor(seq / COUNT);
    store.addSegment({
      sessionId,
      manifestId,
      seq: number,
      durationMs: SEGMENT_S * 1000,
      tracks: TRACKS.map((track, index) => ({ ...track, data: clips[index]?.[seq % COUNT] ?? new Uint8Array() })),
    });
    seq += 1;
  };
  for (let index = 0; index < 8; index += 1) add();
  const timer = setInterval(add, SEGMENT_S * 1000);
  return { store, stop: () => clearInterval(timer) };
}
