import type { FFDecoderCodec, FFEncoderCodec } from 'node-av/constants';
import { AV_HWDEVICE_TYPE_CUDA, AV_PIX_FMT_CUDA, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  Filter,
  FilterGraph,
  FilterInOut,
  Frame,
  HardwareDeviceContext,
  Packet,
  Rational,
} from 'node-av/lib';

/** Large enough for every NVENC and NVDEC generation (smallest: 145 × 49 H.264 and 192 × 128 AV1 encode, 144 × 144 HEVC decode), pixels. */
export const CLIP_WIDTH = 320;
export const CLIP_HEIGHT = 192;
const CLIP_FRAMES = 8;

/** A clip as the encoder gave it out. The caller frees the packets. */
export interface Clip {
  readonly packets: readonly Packet[];
}

/** Opens CUDA on the first GPU that CUDA_VISIBLE_DEVICES leaves visible. Throws FFmpegError. */
export function openCuda(): HardwareDeviceContext {
  const device = new HardwareDeviceContext();
  FFmpegError.throwIfError(device.create(AV_HWDEVICE_TYPE_CUDA, '0'), 'open CUDA');
  return device;
}

/** Opens an encoder for clip-sized frames; the caller frees it with `freeContext`. Throws FFmpegError. */
export async function openEncoder(
  name: string,
  options: Readonly<Record<string, string>>,
  device: HardwareDeviceContext | null,
): Promise<CodecContext> {
  const codec = Codec.findEncoderByName(name as FFEncoderCodec);
  if (codec === null) throw new Error(`this FFmpeg has no ${name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  try {
    context.width = CLIP_WIDTH;
    context.height = CLIP_HEIGHT;
    context.pixelFormat = device === null ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_NV12;
    context.timeBase = new Rational(1, 30);
    context.framerate = new Rational(30, 1);
    context.maxBFrames = 0;
    if (device !== null) context.hwDeviceCtx = device;
    FFmpegError.throwIfError(await context.open2(codec, Dictionary.fromObject(options)), `open ${name}`);
    return context;
  } catch (error) {
    context.freeContext();
    throw error;
  }
}

/** Encodes a few grey frames. With a device the frames are NV12 as NVENC takes them, else yuv420p. Throws FFmpegError. */
export async function encodeClip(
  name: string,
  options: Readonly<Record<string, string>>,
  device: HardwareDeviceContext | null,
): Promise<Clip> {
  const context = await openEncoder(name, options, device);
  const packets: Packet[] = [];
  const drain = async () => {
    while (true) {
      const packet = new Packet();
      packet.alloc();
      if ((await context.receivePacket(packet)) < 0) {
        packet.free();
        return;
      }
      packets.push(packet);
    }
  };
  try {
    for (let index = 0; index < CLIP_FRAMES; index += 1) {
      const frame = greyFrame(context.pixelFormat, index);
      try {
        FFmpegError.throwIfError(await context.sendFrame(frame), `encode with ${name}`);
      } finally {
        frame.free();
      }
      await drain();
    }
    FFmpegError.throwIfError(await context.sendFrame(null), `flush ${name}`);
    await drain();
    if (packets.length === 0) throw new Error(`${name} gave out no packet`);
    return { packets };
  } catch (error) {
    for (const packet of packets) packet.free();
    throw error;
  } finally {
    context.freeContext();
  }
}

/** Decodes a clip and counts the frames, and how many of them lie in the GPU's memory. Throws FFmpegError. */
export async function decodeClip(
  name: string,
  clip: Clip,
  device: HardwareDeviceContext | null,
): Promise<{ readonly frames: number; readonly onGpu: number }> {
  const codec = Codec.findDecoderByName(name as FFDecoderCodec);
  if (codec === null) throw new Error(`this FFmpeg has no ${name} decoder`);
  const context = new CodecContext();
  context.allocContext3(codec);
  const frame = new Frame();
  frame.alloc();
  let frames = 0;
  let onGpu = 0;
  const drain = async () => {
    while ((await context.receiveFrame(frame)) >= 0) {
      frames += 1;
      if (frame.isHwFrame()) onGpu += 1;
      frame.unref();
    }
  };
  try {
    if (device !== null) {
      context.hwDeviceCtx = device;
      context.setHardwarePixelFormat(AV_PIX_FMT_CUDA);
    }
    FFmpegError.throwIfError(await context.open2(codec, null), `open ${name} decoder`);
    for (const packet of clip.packets) {
      FFmpegError.throwIfError(await context.sendPacket(packet), `decode ${name}`);
      await drain();
    }
    FFmpegError.throwIfError(await context.sendPacket(null), `flush ${name} decoder`);
    await drain();
    if (frames === 0) throw new Error(`the ${name} decoder gave out no frame`);
    return { frames, onGpu };
  } finally {
    frame.free();
    context.freeContext();
  }
}

/** Sends one frame up, scales it to half its size on the GPU with scale_cuda, and fetches it. Throws FFmpegError. */
export async function scaleOnGpu(): Promise<void> {
  const chain = `hwupload_cuda=device=0,scale_cuda=${CLIP_WIDTH / 2}:${CLIP_HEIGHT / 2},hwdownload,format=nv12`;
  await runFilter(chain, CLIP_WIDTH / 2, CLIP_HEIGHT / 2);
}

/** Runs one NV12 frame of clip size through a filter chain and checks the size that comes out. Throws FFmpegError. */
export async function runFilter(chain: string, width: number, height: number): Promise<void> {
  const graph = new FilterGraph();
  graph.alloc();
  try {
    const buffer = Filter.getByName('buffer');
    const buffersink = Filter.getByName('buffersink');
    if (buffer === null || buffersink === null) throw new Error('this FFmpeg has no buffer filters');
    const size = `video_size=${CLIP_WIDTH}x${CLIP_HEIGHT}:pix_fmt=nv12:time_base=1/30:pixel_aspect=1/1`;
    const source = graph.createFilter(buffer, 'in', size);
    const sink = graph.createFilter(buffersink, 'out', null);
    if (source === null || sink === null) throw new Error('the filter graph could not be built');
    const outputs = FilterInOut.createList([{ name: 'in', filterCtx: source, padIdx: 0 }]);
    const inputs = FilterInOut.createList([{ name: 'out', filterCtx: sink, padIdx: 0 }]);
    FFmpegError.throwIfError(graph.parsePtr(`[in]${chain}[out]`, inputs, outputs), 'build the filter graph');
    FFmpegError.throwIfError(await graph.config(), 'configure the filter graph');
    using frame = greyFrame(AV_PIX_FMT_NV12, 0);
    FFmpegError.throwIfError(await source.buffersrcAddFrame(frame), 'filter');
    FFmpegError.throwIfError(await source.buffersrcAddFrame(null), 'flush the filter');
    using out = new Frame();
    out.alloc();
    FFmpegError.throwIfError(await sink.buffersinkGetFrame(out), 'filter');
    if (out.width !== width || out.height !== height) {
      throw new Error(`the filter gave ${out.width} × ${out.height} instead of ${width} × ${height} pixels`);
    }
  } finally {
    graph.free();
  }
}

function greyFrame(format: CodecContext['pixelFormat'], index: number): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = format;
  frame.width = CLIP_WIDTH;
  frame.height = CLIP_HEIGHT;
  FFmpegError.throwIfError(frame.getBuffer(0), 'allocate a frame');
  for (const [plane, data] of (frame.data ?? []).entries()) data.fill(plane === 0 ? 64 + index * 8 : 128);
  frame.pts = BigInt(index);
  return frame;
}
