import type { ErrorInfo } from '../../api/errors.ts';
import type { OutputListener, Rendition, SourceInfo, TranscodeJob } from '../../api/media.ts';
import type { ClipParameters, FileFacts, SegmentFileParameters, SourceSegment } from '../source-types.ts';

/** How a worker does its work, fixed for its life. Sent as its first message. */
export interface WorkerSetup {
  readonly device: 'cpu' | 'gpu';
  /** Logical cores this worker may fill. */
  readonly cores: number;
}

/** Engine → worker. */
export type WorkerRequest =
  | { readonly kind: 'setup'; readonly setup: WorkerSetup }
  /** The segment follows. */
  | { readonly kind: 'transcode'; readonly id: number; readonly job: Omit<TranscodeJob, 'input'>; readonly progress: boolean }
  /** The one buffer is the next piece of a job's segment. */
  | { readonly kind: 'input'; readonly id: number }
  | { readonly kind: 'input-end'; readonly id: number }
  /** Try what this device can really do. */
  | { readonly kind: 'self-test'; readonly id: number }
  | { readonly kind: 'generate'; readonly id: number; readonly parameters: ClipParameters }
  | { readonly kind: 'cut-file'; readonly id: number; readonly path: string; readonly parameters: SegmentFileParameters }
  | { readonly kind: 'probe-file'; readonly id: number; readonly path: string }
  | { readonly kind: 'remux-file'; readonly id: number; readonly from: string; readonly to: string }
  /** The consumer of a streamed answer has taken one item. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'end-session'; readonly sessionId: string }
  /** Tests only: die or stop answering, natively. Ignored unless the worker was started for tests. */
  | { readonly kind: 'fault'; readonly fault: 'crash' | 'hang' };

/** An error on its way from a worker; `details` carries the protocol's text (`wireText`). */
export type WorkerFailure = ErrorInfo & { readonly details?: Readonly<Record<string, unknown>> };

/** A finished transcode; its renditions' bytes have come before. */
export interface TranscodeAnswer {
  readonly source: SourceInfo;
  readonly renditions: readonly Omit<Rendition, 'bytes' | 'data' | 'signature'>[];
  readonly encoder: string;
  /** Milliseconds of demuxing, decoding, scaling, encoding and muxing, with the waits for a core. */
  readonly codecMs: number;
  /** Milliseconds in which nothing could be done but wait for the segment's bytes. */
  readonly starvedMs: number;
}

/** A rendition's numbers, as {@link OutputListener.counted} tells them. */
type RenditionNumbers = Parameters<OutputListener['counted']>[1];

/** Worker → engine. */
export type WorkerResponse =
  | { readonly kind: 'ready' }
  /** How far a transcode has come, milliseconds of the source. */
  | { readonly kind: 'progress'; readonly id: number; readonly doneMs: number }
  /** What {@link OutputListener} tells, in the same order. */
  | { readonly kind: 'decoded'; readonly id: number; readonly source: SourceInfo }
  | { readonly kind: 'counted'; readonly id: number; readonly index: number; readonly numbers: RenditionNumbers }
  /** The one buffer is the piece. */
  | { readonly kind: 'bytes'; readonly id: number; readonly index: number }
  /** The one buffer, if there is one, is the signature. */
  | { readonly kind: 'complete'; readonly id: number; readonly index: number }
  | { readonly kind: 'transcoded'; readonly id: number; readonly answer: TranscodeAnswer }
  | { readonly kind: 'self-tested'; readonly id: number; readonly capabilities: readonly number[] }
  | { readonly kind: 'file-facts'; readonly id: number; readonly facts: FileFacts }
  | { readonly kind: 'remuxed'; readonly id: number }
  /** One item of a streamed answer; its bytes are the one buffer. */
  | { readonly kind: 'segment'; readonly id: number; readonly segment: Omit<SourceSegment, 'data'> }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WorkerFailure };
