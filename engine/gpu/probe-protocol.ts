import { z } from 'zod';

/** What the parent asks of one probe process. It answers once and ends. */
export type ProbeRequest =
  | { readonly kind: 'abilities' }
  /** Open sessions of h264_nvenc until one is refused, at most `bound`; all are closed again. */
  | { readonly kind: 'sessions'; readonly bound: number }
  /** Load FFmpeg and tell which one it is. */
  | { readonly kind: 'ffmpeg' };

const CauseSchema = z.enum([
  'driver-missing',
  'driver-old',
  'no-nvenc',
  'codec-unsupported',
  'sessions-full',
  'out-of-memory',
  'gpu-lost',
  'unknown',
]);

/** One thing tried: it worked, or why not. */
const ProbeOutcomeSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), cause: CauseSchema, reason: z.string(), minimumDriver: z.string().optional() }),
]);
export type ProbeOutcome = z.infer<typeof ProbeOutcomeSchema>;

/** Everything tried on one GPU. */
export const AbilityReportSchema = z.object({
  /** Opening the card for CUDA; when this fails nothing else is tried and all share its reason. */
  device: ProbeOutcomeSchema,
  encode: z.object({ h264: ProbeOutcomeSchema, hevc: ProbeOutcomeSchema, av1: ProbeOutcomeSchema }),
  decode: z.object({ h264: ProbeOutcomeSchema, hevc: ProbeOutcomeSchema }),
  scale: ProbeOutcomeSchema,
});
export type AbilityReport = z.infer<typeof AbilityReportSchema>;

/** How many NVENC sessions could be opened at once. */
const SessionReportSchema = z.object({
  opened: z.number().int().min(0),
  /** Why the next one was refused; absent when `bound` was reached without a refusal. */
  refusal: ProbeOutcomeSchema.optional(),
});
export type SessionReport = z.infer<typeof SessionReportSchema>;

/** The FFmpeg bundled with this engine, as it really loads. */
const FfmpegReportSchema = z.object({
  /** node-av's version, e.g. `6.1.1`. */
  nodeAv: z.string(),
  /** FFmpeg's version, e.g. `8.1`. */
  ffmpeg: z.string(),
  /** The encoders without which nothing works (libx264), by name, and whether they are in it. */
  encoders: z.record(z.string(), z.boolean()),
});
export type FfmpegReport = z.infer<typeof FfmpegReportSchema>;

/** What the probe process answers. */
export const ProbeAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('abilities'), report: AbilityReportSchema }),
  z.object({ kind: z.literal('sessions'), report: SessionReportSchema }),
  z.object({ kind: z.literal('ffmpeg'), report: FfmpegReportSchema }),
  /** FFmpeg cannot be loaded, or a bug in the probe itself. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type ProbeAnswer = z.infer<typeof ProbeAnswerSchema>;

export const ProbeRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('abilities') }),
  z.object({ kind: z.literal('sessions'), bound: z.number().int().min(1).max(256) }),
  z.object({ kind: z.literal('ffmpeg') }),
]);
