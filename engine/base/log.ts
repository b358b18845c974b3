import pino, { type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/** Field names whose values never reach a log, wherever they stand. */
const SECRET_FIELDS = [
  'secret',
  'token',
  'password',
  'credential',
  'credentials',
  'authorization',
  'privateKey',
  'mnemonic',
  'keystore',
];

/** How to make the engine's log: level name, and where lines (JSON) go. */
export interface CreateLogParameters {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination?: DestinationStream;
}

/** The engine's structured log; secrets are censored by field name at two levels of nesting. */
export function createLog({ level, destination }: CreateLogParameters): Log {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[secret]' },
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
  };
  return destination ? pino(options, destination) : pino(options, pino.destination({ fd: 2, sync: true }));
}

/** A log that keeps nothing; the default where a caller gives none. */
export const silentLog: Log = pino({ level: 'silent' });
