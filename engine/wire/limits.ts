/** Largest segment download and largest part of a result, bytes (go-livepeer `common/util.go`, MaxSegSize…). */
export const MAX_BODY_BYTES = 300_000_000;

/** Text posted, and answered, when a body is larger than {@link MAX_BODY_BYTES}. */
export const TOO_BIG_TEXT = 'input bigger than max buffer size';

/** Total time of a segment's download, milliseconds (go-livepeer `server/segment_rpc.go`). */
export const DOWNLOAD_TIMEOUT_MS = 4000;

/** A session without a segment for so long has ended, milliseconds (go-livepeer `core/orchestrator.go`). */
export const SESSION_IDLE_MS = 70_000;

/** Renditions of one job at most (LPMS). */
export const MAX_PROFILES = 10;

/** Largest gRPC message accepted, bytes (the reference client's default). */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** How long an orchestrator waits for a task's result, milliseconds from the notice (go-livepeer `core/orchestrator.go`). */
export function taskTimeoutMs(durationMs: number): number {
  return Math.max(8000, 4 * durationMs);
}
