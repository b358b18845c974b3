import { z } from 'zod';

/** Every error code the engine can give. Codes are contract: rename only with a migration; text may change freely. */
export const ERROR_CODES = [
  // general
  'internal',
  'aborted',
  'timeout',
  'bad-request',
  'not-found',
  'unauthorized',
  'already-running',
  'not-ready',
  // configuration and data folder
  'config-invalid',
  'config-newer',
  'config-unreadable',
  'data-dir-locked',
  'data-dir-unwritable',
  'disk-full',
  'clock-wrong',
  'store-corrupt',
  'store-newer',
  'port-in-use',
  'secrets-sealed',
  'secrets-no-consent',
  // invites
  'invite-not-one',
  'invite-cut-off',
  'invite-newer',
  'invite-tampered',
  'invite-expired',
  'invite-clock',
  'invite-used',
  'invite-revoked',
  'invite-refused',
  // hardware
  'gpu-none',
  'gpu-driver-missing',
  'gpu-driver-mismatch',
  'gpu-driver-old',
  'gpu-lost',
  'gpu-unreadable',
  'gpu-quarantined',
  'nvenc-missing',
  'nvenc-sessions-full',
  // media
  'media-empty',
  'media-malformed',
  'media-too-large',
  'media-too-long',
  'media-no-video',
  'media-no-keyframe',
  'media-unsupported-codec',
  'media-unsupported-pixel-format',
  'media-profile-invalid',
  'media-clip-invalid',
  'media-encoder-failed',
  'media-runaway',
  'worker-crashed',
  'worker-hung',
  'busy',
  // wire
  'orchestrator-unreachable',
  'orchestrator-no-tls',
  'orchestrator-secret-refused',
  'orchestrator-capacity-refused',
  'orchestrator-closed',
  'orchestrator-nonsense',
  'orchestrator-certificate-changed',
  'task-invalid',
  'task-incompatible',
  'download-failed',
  'download-too-large',
  'download-timeout',
  'upload-failed',
  'upload-timeout',
  // orchestrator side
  'no-transcoder',
  'transcoder-too-slow',
  'transcoder-failed',
  'off-chain',
  'service-uri-unreachable',
  // other machines
  'forbidden',
  'pairing-refused',
  'rig-unreachable',
  'rig-untrusted',
] as const;

export const ErrorCodeSchema = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof ErrorCodeSchema>;

/** An error as people and other processes see it: what happened and why, and the next step. */
export const ErrorInfoSchema = z.object({
  code: ErrorCodeSchema,
  message: z.string(),
  nextStep: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfoSchema>;

/** A standing problem: set when it begins, cleared when it ends; shown as a card. */
const ProblemSchema = z.object({
  /** Stable key, e.g. `gpu-lost:GPU-1234`. One problem per key. */
  key: z.string(),
  code: ErrorCodeSchema,
  severity: z.enum(['info', 'warning', 'error']),
  title: z.string(),
  text: z.string(),
  nextStep: z.string(),
  /** What Siphon can do about it by itself when asked; the page shows a button for each. */
  fixes: z.array(z.object({ id: z.string(), label: z.string() })).optional(),
  /** Milliseconds since the Unix epoch. */
  sinceMs: z.number(),
});
export type Problem = z.infer<typeof ProblemSchema>;
