import { execa } from 'execa';
import { FFMPEG } from './ffmpeg-side.ts';

/** How close a rendition is to the source scaled to its size. */
export interface Quality {
  /** dB over all planes. */
  readonly psnr: number;
  /** 0–1 over all planes. */
  readonly ssim: number;
}

/** Measures one rendition file against its source with FFmpeg's own `psnr` and `ssim` filters. */
export async function measureQuality(rendition: string, source: string, width: number, height: number): Promise<Quality> {
  const graph = `[1:v]scale=${width}:${height}:flags=bicubic,setpts=N,split[r1][r2];[0:v]setpts=N,split[d1][d2];[d1][r1]psnr;[d2][r2]ssim`;
  const { stderr } = await execa(
    FFMPEG,
    ['-hide_banner', '-nostdin', '-i', rendition, '-i', source, '-lavfi', graph, '-f', 'null', '-'],
    {
      stdin: 'ignore',
      timeout: 120_000,
    },
  );
  const psnr = /PSNR .*average:([\d.]+|inf)/.exec(stderr)?.[1];
  const ssim = /SSIM .*All:([\d.]+)/.exec(stderr)?.[1];
  if (psnr === undefined || ssim === undefined) throw new Error(`ffmpeg gave no PSNR or SSIM for ${rendition}`);
  return { psnr: psnr === 'inf' ? Number.POSITIVE_INFINITY : Number(psnr), ssim: Number(ssim) };
}
