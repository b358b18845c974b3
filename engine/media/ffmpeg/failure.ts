import {
  AVERROR_BSF_NOT_FOUND,
  AVERROR_DECODER_NOT_FOUND,
  AVERROR_DEMUXER_NOT_FOUND,
  AVERROR_EINVAL,
  AVERROR_ENCODER_NOT_FOUND,
  AVERROR_ENOMEM,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
  AVERROR_MUXER_NOT_FOUND,
  AVERROR_OPTION_NOT_FOUND,
} from 'node-av/constants';
import type { ErrorCode } from '../../api/errors.ts';
import { EngineError, toEngineError } from '../../base/errors.ts';
import type { WorkerFailure } from '../worker/protocol.ts';
import { AvError } from './av-error.ts';

/** FFmpeg code → engine code and the exact text the protocol knows (reference: transcoder.md §8, LPMS `ffmpeg_errors.go`). */
const KNOWN: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map<number, readonly [ErrorCode, string]>([
  [AVERROR_INVALIDDATA, ['media-malformed', 'Invalid data found when processing input']],
  [AVERROR_EOF, ['media-malformed', 'Invalid data found when processing input']],
  [AVERROR_DECODER_NOT_FOUND, ['media-unsupported-codec', 'Decoder not found']],
  [AVERROR_DEMUXER_NOT_FOUND, ['media-unsupported-codec', 'Demuxer not found']],
  [AVERROR_ENCODER_NOT_FOUND, ['media-unsupported-codec', 'Encoder not found']],
  [AVERROR_MUXER_NOT_FOUND, ['media-unsupported-codec', 'Muxer not found']],
  [AVERROR_BSF_NOT_FOUND, ['media-unsupported-codec', 'Bitstream filter not found']],
  [AVERROR_OPTION_NOT_FOUND, ['media-profile-invalid', 'Option not found']],
  [AVERROR_EINVAL, ['media-encoder-failed', 'Invalid argument']],
  [AVERROR_ENOMEM, ['media-encoder-failed', 'Cannot allocate memory']],
]);

/** Maps anything thrown inside a worker to an `EngineError`; FFmpeg's failures keep FFmpeg's text as `details.wireText`. */
export function mapFailure(thrown: unknown): EngineError {
  if (!(thrown instanceof AvError)) return toEngineError(thrown);
  // NVENC answers with "out of memory" when the driver's cap of concurrent sessions is met.
  if (thrown.averror === AVERROR_ENOMEM && /^open encoder .*_nvenc$/.test(thrown.operation)) {
    return new EngineError({
      code: 'nvenc-sessions-full',
      message: 'The GPU has no NVENC session left for this rendition.',
      nextStep: 'Close other programs that encode video, or lower the number of sessions.',
      details: { wireText: thrown.message, operation: thrown.operation },
      cause: thrown,
    });
  }
  // Bytes that are no container at all: a real go-livepeer 0.9.1 answers so, which blames the stream and not this machine.
  if (isUnreadable(thrown)) {
    return new EngineError({
      code: 'media-malformed',
      message: 'The segment is not a video file that can be read.',
      details: { wireText: 'TranscoderInvalidVideo', operation: thrown.operation, averror: thrown.averror },
      cause: thrown,
    });
  }
  const [code, wireText] = KNOWN.get(thrown.averror) ?? (['media-encoder-failed', thrown.message] as const);
  return new EngineError({
    code,
    message: `FFmpeg failed to ${thrown.operation}: ${thrown.message}.`,
    details: { wireText, operation: thrown.operation, averror: thrown.averror },
    cause: thrown,
  });
}

function isUnreadable({ averror, operation }: AvError): boolean {
  const opening = operation === 'open input' || operation === 'read stream information';
  return opening && (averror === AVERROR_INVALIDDATA || averror === AVERROR_EOF);
}

/** The form in which an error leaves a worker. */
export function toWorkerFailure(thrown: unknown): WorkerFailure {
  const error = mapFailure(thrown);
  return { ...error.toInfo(), ...(error.details === undefined ? {} : { details: error.details }) };
}
