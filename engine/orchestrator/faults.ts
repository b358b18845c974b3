import { EngineError } from '../base/errors.ts';

/**
 * Error texts that blame the stream: no other transcoder or orchestrator would do better (go-livepeer
 * `server/broadcast.go`, exact and case-sensitive).
 */
const STREAM_FAULTS: ReadonlySet<string> = new Set([
  'Unsupported input pixel format',
  'Error initializing filtergraph',
  'Too many outputs',
  'Unsupported input codec',
  'No keyframes in input',
  'Unrecoverable state, restart process',
  'Encoded frames runaway',
  'Decoder not found',
  'Demuxer not found',
  'Encoder not found',
  'Muxer not found',
  'Option not found',
  'Invalid argument',
  'TranscoderInvalidResolution',
  'TranscoderInvalidVideo',
  'TranscoderUnrecognizedFormat',
  'TranscoderUnrecognizedProfile',
  'TranscoderInvalidGOP',
  'TranscoderIncompatibleDevices',
]);

/** True when the text blames the stream, so that nobody retries. */
export function isStreamFault(text: string): boolean {
  return STREAM_FAULTS.has(text);
}

/** Texts the orchestrator itself gives (go-livepeer `core/orchestrator.go`); gateways and logs know them. */
export const WIRE_TEXT = {
  noTranscoders: 'no transcoders available',
  noCapable: 'no transcoders can provide requested capabilities',
  tooLong: 'Remote transcoder took too long',
  mismatch: 'MismatchedSegments',
  zero: 'ZeroSegments',
  busy: 'OrchestratorBusy',
  capped: 'OrchestratorCapped',
} as const;

/** What the orchestrator says when a transcoder vanished and nobody could take over; the reference waits for its timeout instead. */
export const LOST_TEXT = 'Remote transcoder lost';

type FaultCode = 'no-transcoder' | 'transcoder-too-slow' | 'transcoder-failed' | 'busy';

/** An `EngineError` whose `details.wireText` is what a gateway is told. */
export function segmentError(code: FaultCode, wireText: string, message: string, nextStep?: string): EngineError {
  return new EngineError({
    code,
    message,
    ...(nextStep === undefined ? {} : { nextStep }),
    details: { wireText, streamFault: isStreamFault(wireText) },
  });
}

/** True when an error of `submit` blames the stream. */
export function blamesStream(error: unknown): boolean {
  return error instanceof EngineError && error.details?.streamFault === true;
}
