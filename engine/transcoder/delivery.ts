import type { OutputListener, SourceInfo, TranscodeResult, VideoProfile } from '../api/media.ts';
import { EngineError } from '../base/errors.ts';
import { ResultsStream } from '../wire/transcode-results.ts';
import type { ResultPoster } from './results.ts';
import type { Upload } from './upload.ts';

/** What of a segment's metadata decides about its result. */
export interface DeliveredSegment {
  readonly profiles: readonly VideoProfile[];
  readonly perceptualHash: boolean;
}

/**
 * A segment's result on its way to the orchestrator while the encoders still work: the headers want the decoded pixels and each part the
 * encoded ones, so a rendition goes out from the moment its last picture is in its encoder, whose look-ahead is then still full.
 */
export class Delivery implements OutputListener {
  readonly #poster: ResultPoster;
  readonly #taskId: bigint;
  readonly #segment: DeliveredSegment;
  readonly #body: ResultsStream;
  #decodedPixels = 0;
  #upload: Upload | undefined;
  #ended = false;
  /** Renditions that were told to the end. */
  readonly #complete = new Set<number>();

  constructor(poster: ResultPoster, taskId: bigint, segment: DeliveredSegment) {
    this.#poster = poster;
    this.#taskId = taskId;
    this.#segment = segment;
    this.#body = new ResultsStream(
      segment.profiles.map(({ container }) => container),
      (chunk) => this.#write(chunk),
    );
  }

  decoded({ pixels }: SourceInfo): void {
    this.#decodedPixels = pixels;
  }

  counted(index: number, { pixels }: { readonly pixels: number }): void {
    this.#body.counted(index, pixels);
  }

  bytes(index: number, piece: Uint8Array): void {
    this.#body.bytes(index, piece);
  }

  complete(index: number, signature?: Uint8Array): void {
    this.#complete.add(index);
    this.#body.complete(index, this.#segment.perceptualHash ? signature : undefined);
    this.#endIfComplete();
  }

  /**
   * Takes what the transcoder did not tell meanwhile, which may be all.
   * @throws EngineError `media-encoder-failed` when there are not as many renditions as were asked for
   */
  supply({ source, renditions }: TranscodeResult): void {
    const { profiles } = this.#segment;
    if (renditions.length !== profiles.length) {
      throw new EngineError({
        code: 'media-encoder-failed',
        message: `${profiles.length} renditions were asked for, but ${renditions.length} came out.`,
        details: { wireText: 'segment / profile mismatch' },
      });
    }
    this.decoded(source);
    for (const [index, rendition] of renditions.entries()) {
      if (this.#complete.has(index)) continue;
      this.bytes(index, rendition.data);
      this.complete(index, rendition.signature);
      this.counted(index, rendition);
    }
    this.#endIfComplete();
  }

  /**
   * Resolves when the orchestrator has taken the result.
   * @throws EngineError `upload-failed`, `orchestrator-certificate-changed`, or the signal's reason
   */
  async finish(signal: AbortSignal): Promise<void> {
    await this.#upload?.finish(signal);
  }

  /** Breaks off what has been begun; the failure is told by another post. */
  abort(reason: unknown): void {
    this.#upload?.abort(reason);
  }

  /** Not later, with the transcoder's own result: the orchestrator can read the end meanwhile. */
  #endIfComplete(): void {
    if (this.#ended || !this.#body.written) return;
    this.#ended = true;
    this.#body.end();
    this.#upload?.end();
  }

  #write(chunk: Uint8Array): void {
    this.#upload ??= this.#poster.begin({
      taskId: this.#taskId,
      decodedPixels: this.#decodedPixels,
      contentType: this.#body.contentType,
    });
    this.#upload.write(chunk);
  }
}
