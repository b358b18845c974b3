/** Why an update did not go on; the texts are in main/text/en-updates.ts, under the same names. */
export type UpdateFault =
  | 'unreachable'
  | 'not-found'
  | 'server-error'
  | 'too-slow'
  | 'too-big'
  | 'redirected'
  | 'no-signature'
  | 'bad-signature'
  | 'bad-manifest'
  | 'no-package'
  | 'wrong-hash'
  | 'disk-full'
  | 'not-writable'
  | 'does-not-start'
  | 'failed';

/** A fault of an update. `detail` is for the log. */
export class UpdateError extends Error {
  readonly fault: UpdateFault;

  constructor(fault: UpdateFault, detail?: string) {
    super(detail === undefined ? fault : `${fault}: ${detail}`);
    this.name = 'UpdateError';
    this.fault = fault;
  }
}

/** The fault behind any error of the updater. */
export function faultOf(error: unknown): UpdateFault {
  if (error instanceof UpdateError) return error.fault;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'not-writable';
  return 'failed';
}
