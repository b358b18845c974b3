import { AV_BUFFERSRC_FLAG_KEEP_REF } from 'node-av/constants';
import { Filter, type FilterContext, FilterGraph, type Frame, type HardwareDeviceContext, type Rational } from 'node-av/lib';
import { AvError, check, isDone } from './av-error.ts';
import type { Lane } from './lanes.ts';

/** What a {@link PictureGraph} is built for; a frame that differs needs a new graph. */
export interface GraphParameters {
  /** A frame like those that will come. */
  readonly sample: Frame;
  readonly timeBase: Rational;
  /** Filters between source and sink, FFmpeg's text form. */
  readonly filters: string;
  /** Options by filter name, for values (paths) that the text form can't hold without escaping. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Device for filters that need one (upload, CUDA scaling). */
  readonly device?: HardwareDeviceContext;
}

/** One source, a row of filters, one sink. One frame in gives at most one frame out. */
export class PictureGraph implements Disposable {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;

  constructor({ sample, timeBase, filters, options = {}, device }: GraphParameters) {
    try {
      this.#graph.alloc();
      this.#graph.nbThreads = 1;
      this.#source = this.#create('buffer', 'in');
      check(
        this.#source.buffersrcParametersSet({
          width: sample.width,
          height: sample.height,
          format: sample.format,
          timeBase,
          sampleAspectRatio: sample.sampleAspectRatio,
          colorRange: sample.colorRange,
          hwFramesCtx: sample.hwFramesCtx,
        }),
        'describe picture',
      );
      check(this.#source.initStr(null), 'open picture source');
      this.#sink = this.#create('buffersink', 'out');
      check(this.#sink.initStr(null), 'open picture sink');
      let last = this.#source;
      for (const [index, text] of filters.split(',').entries()) {
        const [name = '', ...args] = text.split('=');
        const filter = this.#create(name, `f${index}`);
        // `hwupload` rather than `hwupload_cuda`: the latter opens a CUDA context of its own for each graph.
        if (device && (name === 'hwupload' || name.endsWith('_cuda'))) filter.hwDeviceCtx = device;
        for (const [key, value] of Object.entries(options[name] ?? {})) check(filter.setOption(key, value), `set ${name} ${key}`);
        check(filter.initStr(args.length > 0 ? args.join('=') : null), `open filter ${name}`);
        check(last.link(0, filter, 0), `link filter ${name}`);
        last = filter;
      }
      check(last.link(0, this.#sink, 0), 'link picture sink');
      check(this.#graph.configSync(), 'configure filters');
    } catch (error) {
      this.#graph.free();
      throw error;
    }
  }

  /** What a graph must have been built for to be used again. */
  static key({ sample, timeBase, filters }: GraphParameters): string {
    const { width, height, format, colorRange, sampleAspectRatio: sar } = sample;
    return JSON.stringify([width, height, format, colorRange, sar.num, sar.den, timeBase.num, timeBase.den, filters]);
  }

  /** Puts a frame in (its picture is shared, not copied) and takes one out into `output`; false when none came. */
  async run(input: Frame, output: Frame, lane: Lane): Promise<boolean> {
    check(this.#source.buffersrcAddFrameSync(input, AV_BUFFERSRC_FLAG_KEEP_REF), 'filter picture');
    const result = await lane(() => this.#sink.buffersinkGetFrame(output));
    if (isDone(result)) return false;
    check(result, 'filter picture');
    return true;
  }

  /** Tells the filters that no frame follows and drops what they still give. */
  finish(scratch: Frame): void {
    check(this.#source.buffersrcAddFrameSync(null), 'end filters');
    while (this.#sink.buffersinkGetFrameSync(scratch) >= 0) scratch.unref();
  }

  #create(name: string, instance: string): FilterContext {
    const filter = Filter.getByName(name);
    const context = filter ? this.#graph.allocFilter(filter, instance) : null;
    if (!context) throw new AvError(-1, `find filter ${name}`);
    return context;
  }

  [Symbol.dispose](): void {
    this.#graph.free();
  }
}
