import type { ErrorCode } from '../api/errors.ts';

/** What the `siphon` command's exit code means. Part of the contract with scripts: never renumber. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  config: 3,
  dataFolder: 4,
  refused: 5,
  notFound: 6,
  notRunning: 7,
  interrupted: 130,
} as const;

/** The exit codes in words, for help and documentation. */
export const EXIT_CODES: ReadonlyArray<readonly [number, string]> = [
  [EXIT.ok, 'Done.'],
  [EXIT.failure, 'It failed; the message says why.'],
  [EXIT.usage, 'The command line is wrong.'],
  [EXIT.config, 'The configuration or a secret is wrong, from a newer Siphon, or not readable.'],
  [EXIT.dataFolder, 'The data folder is used by another Siphon, not writable, or its disk is full.'],
  [EXIT.refused, 'The orchestrator refused this machine (secret, capacity).'],
  [EXIT.notFound, 'There is no such file, setting or device.'],
  [EXIT.notRunning, 'No running Siphon was found to talk to.'],
  [EXIT.interrupted, 'Interrupted (Ctrl-C).'],
];

const BY_ERROR: Partial<Record<ErrorCode, number>> = {
  aborted: EXIT.interrupted,
  'bad-request': EXIT.usage,
  'media-profile-invalid': EXIT.usage,
  'config-invalid': EXIT.config,
  'config-newer': EXIT.config,
  'config-unreadable': EXIT.config,
  'data-dir-locked': EXIT.dataFolder,
  'data-dir-unwritable': EXIT.dataFolder,
  'disk-full': EXIT.dataFolder,
  'store-newer': EXIT.dataFolder,
  'orchestrator-secret-refused': EXIT.refused,
  'orchestrator-capacity-refused': EXIT.refused,
  'not-found': EXIT.notFound,
  'not-ready': EXIT.notRunning,
};

/** The exit code for an error of the engine. */
export function exitCodeFor(code: ErrorCode): number {
  return BY_ERROR[code] ?? EXIT.failure;
}
