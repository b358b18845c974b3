import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import type { Size } from '../size.ts';

/** swscale's bicubic kernel for zimg, and the place of the chroma samples that swscale assumes (decision 0019). */
const LIKE_SWSCALE = 'filter=bicubic:param_a=0:param_b=0.6:chromalin=center:chromal=center';

/**
 * Filters that bring a picture of an FFmpeg pixel format to a rendition's size, 8-bit 4:2:0 (reference: transcoder.md §6.1), in memory.
 * What needs no conversion is scaled by zimg, which is faster.
 */
export function scaleInMemory({ width, height }: Size, format: number): string {
  if (format === AV_PIX_FMT_YUV420P) return `zscale=w=${width}:h=${height}:${LIKE_SWSCALE}`;
  return `scale=${width}:${height},format=yuv420p`;
}

/** The same on a GPU; `uploaded`: the picture is there already. */
export function scaleOnGpu({ width, height }: Size, uploaded: boolean): string {
  // NVDEC gives and NVENC takes NV12, so that 4:2:0 layout costs no conversion; deeper pictures become 8-bit here.
  const scale = `scale_cuda=${width}:${height}:format=nv12:interp_algo=bicubic`;
  return uploaded ? scale : `format=nv12,hwupload,${scale}`;
}
