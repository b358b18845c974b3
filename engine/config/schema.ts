import { z } from 'zod';
import { DEFAULT_REMOTE_PORT } from '../api/fleet.ts';
import { DEPLOYMENT_TYPES, NODE_MODES, SCALES } from '../api/snapshot.ts';
import { normaliseServiceUri } from './service-uri.ts';

/** Version of the configuration file that this engine reads and writes; older ones are migrated, newer ones refused. */
export const CONFIG_VERSION = 1;

/**
 * The local API's port. 7935 (go-livepeer's command port), 8935 (service) and their neighbours are left to go-livepeer,
 * of which operators run several beside each other; 17935 is below every system's range for outgoing connections.
 */
export const DEFAULT_API_PORT = 17935;

/** Log levels that can be chosen, most talkative first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const MAX_SESSIONS = 1000;
const sessions = z.union([z.literal('auto'), z.number().int().min(1).max(MAX_SESSIONS)]);

/** The orchestrator's port in the reference (`-serviceAddr`). */
export const DEFAULT_ORCHESTRATOR_PORT = 8935;

/** Halves of an O-T split. */
export const SPLIT_HALVES = ['orchestrator', 'transcoder'] as const;

/** A price as people write it: `1000`, `1000wei`, `0.02USD/1e12pixels`. What it is worth is the payments' business. */
const price = z
  .string()
  .trim()
  .regex(/^\d+(\.\d+)?(e[+-]?\d{1,3})?\s*([a-z]{3,10})?\s*(\/\s*(\d+(\.\d+)?(e[+-]?\d{1,3})?)?\s*(pixels?|px)?)?$/i)
  .max(80);

const serviceUri = z
  .string()
  .transform((text, context) => {
    const uri = normaliseServiceUri(text);
    if (uri !== undefined) return uri;
    context.issues.push({ code: 'custom', message: 'is not a service URI', input: text });
    return z.NEVER;
  })
  .nullable()
  .default(null);

/** Days as the schedule names them, Monday first. */
const WEEK_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** A stretch of the week in local time. It may pass midnight (`22:00` to `06:00`); equal times are a whole day. */
const ScheduleWindowSchema = z.strictObject({
  /** Days on which it begins. */
  days: z.array(z.enum(WEEK_DAYS)).min(1).max(7),
  from: timeOfDay,
  to: timeOfDay,
});

/** When Siphon works and when it pauses by itself. Everything here is taken up at once. */
const AvailabilitySchema = z.strictObject({
  /** Windows in which it works; null = always. */
  schedule: z.array(ScheduleWindowSchema).min(1).max(50).nullable().default(null),
  onBattery: z.enum(['work', 'pause']).default('pause'),
  /** Work only when nobody has used the machine for some minutes. */
  onlyWhenIdle: z
    .strictObject({ enabled: z.boolean().default(false), minutes: z.number().int().min(1).max(240).default(5) })
    .prefault({}),
  /** Pause a card while another program needs it: a game, a render, a model. */
  gpuNeeded: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Share of the card that other programs must use for it to count, in percent. */
      abovePercent: z.number().int().min(5).max(100).default(40),
      /** For how long without a break, seconds. */
      afterSeconds: z.number().int().min(5).max(600).default(15),
      /** Seconds without such use until work goes on. */
      resumeAfterSeconds: z.number().int().min(10).max(3600).default(60),
    })
    .prefault({}),
  /** Pause a card that is too hot, °C; hysteresis between the two. `pauseAbove` null = never. */
  temperature: z
    .strictObject({
      pauseAbove: z.number().int().min(40).max(110).nullable().default(87),
      resumeBelow: z.number().int().min(20).max(109).default(75),
    })
    .refine(({ pauseAbove, resumeBelow }) => pauseAbove === null || resumeBelow < pauseAbove, { path: ['resumeBelow'] })
    .prefault({}),
});

const GpuSchema = z.strictObject({
  /** False: the card is not used for any work. */
  enabled: z.boolean().default(true),
  /** Most streams at once on this card; `auto` = as measured. */
  sessions: sessions.default('auto'),
});

/**
 * The whole configuration: three independent choices and their details. Secrets are not here (see secrets.ts).
 * Every field has a default, so `{ "version": 1 }` is a complete file. The key order is the order in the written file.
 */
export const ConfigSchema = z.strictObject({
  version: z.literal(CONFIG_VERSION),
  nodeMode: z.enum(NODE_MODES).default('video'),
  deploymentType: z.enum(DEPLOYMENT_TYPES).default('siphon'),
  scale: z.enum(SCALES).default('one-gpu'),
  /** The remote orchestrator of a siphon, a pool node and the worker half of an O-T split. */
  orchestrator: z
    .strictObject({
      /** `https://host:port`; null = none chosen yet. */
      serviceUri,
      /** SHA-256 of its TLS public key (SPKI), hex, from its invite: nothing is said to another one. Null = any key. */
      pin: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullable()
        .default(null),
      /** Who runs it, as its invite says; to be shown, nothing follows from it. */
      operator: z
        .strictObject({
          name: z.string().min(1).max(80).nullable().default(null),
          terms: z.string().max(600).nullable().default(null),
          commissionPpm: z.number().int().min(0).max(1_000_000).nullable().default(null),
          minimumPayoutWei: z
            .string()
            .regex(/^(0|[1-9]\d{0,59})$/)
            .nullable()
            .default(null),
          currency: z
            .string()
            .regex(/^[A-Z0-9]{2,10}$/)
            .nullable()
            .default(null),
        })
        .prefault({}),
      /** Ethereum address (EIP-55) that its operator is told to pay earnings to. */
      payoutAddress: z
        .string()
        .regex(/^0x[0-9a-fA-F]{40}$/)
        .nullable()
        .default(null),
    })
    .prefault({}),
  /** Which half of an O-T split this machine is. */
  splitHalf: z.enum(SPLIT_HALVES).default('transcoder'),
  /** The own orchestrator of solo, a pool operator and the orchestrator half of an O-T split. */
  ownOrchestrator: z
    .strictObject({
      /** What gateways and transcoders are told to connect to; null = the address it listens on. */
      serviceUri,
      /** Address to listen on; `0.0.0.0` and `::` are all of this machine's. */
      host: z
        .string()
        .regex(/^[0-9a-zA-Z.:-]+$/)
        .max(253)
        .default('0.0.0.0'),
      /** 0 = any free one. */
      port: z.number().int().min(0).max(65535).default(DEFAULT_ORCHESTRATOR_PORT),
      /** Sessions taken at once; `auto` = what the transcoders can take. */
      maxSessions: sessions.default('auto'),
      price: price.default('0wei'),
      /** Prices for single gateways, by their Ethereum address. */
      pricePerGateway: z.record(z.string().regex(/^0x[0-9a-fA-F]{40}$/), price).default({}),
      /** PEM files of an own certificate and its key; null = a self-signed one, made by itself. */
      certificateFile: z.string().min(1).nullable().default(null),
      keyFile: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  /** Sessions (streams) offered to the orchestrator; `auto` = as measured by the benchmark. */
  capacity: sessions.default('auto'),
  /** Settings of single cards by their UUID (`GPU-…`, `MIG-…`); cards that are not named are used, as measured. */
  gpus: z.record(z.string().regex(/^(GPU|MIG)-[0-9A-Za-z/-]+$/), GpuSchema).default({}),
  /** The processor, which works (x264) when this machine has no GPU that can. */
  cpu: z
    .strictObject({
      /** False: no work on the processor. */
      enabled: z.boolean().default(true),
      /** Most streams at once on it; `auto` = as measured. */
      sessions: sessions.default('auto'),
    })
    .prefault({}),
  availability: AvailabilitySchema.prefault({}),
  /** Upload bandwidth in megabits per second that work may fill; `auto` = no bound. */
  uploadMbps: z.union([z.literal('auto'), z.number().positive().max(1_000_000)]).default('auto'),
  /** The local API and page, on loopback. Port 0 = any free one. */
  api: z.strictObject({ port: z.number().int().min(0).max(65535).default(DEFAULT_API_PORT) }).prefault({}),
  /** Whether paired machines reach this engine over the network (TLS). Port 0 = any free one. */
  remote: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** Address to listen on; `0.0.0.0` and `::` are all of this machine's. */
      host: z
        .string()
        .regex(/^[0-9a-zA-Z.:-]+$/)
        .max(253)
        .default('0.0.0.0'),
      port: z.number().int().min(0).max(65535).default(DEFAULT_REMOTE_PORT),
      /** What other machines call this one; null = its host name. */
      name: z.string().trim().min(1).max(60).nullable().default(null),
    })
    .prefault({}),
  /** How much history is kept: older than `days` goes, and the oldest goes when the database passes `maxMb` (10⁶ bytes). */
  history: z
    .strictObject({
      days: z.number().int().min(1).max(3650).default(90),
      maxMb: z.number().int().min(10).max(1_000_000).default(500),
    })
    .prefault({}),
  logLevel: z.enum(LOG_LEVELS).default('info'),
  /** The embedded practice network. */
  practice: z
    .strictObject({
      sessions: z.number().int().min(1).max(100).default(1),
      pace: z.enum(['real-time', 'flat-out']).default('real-time'),
      /** Path of the video it plays; null = one generated on the spot. */
      input: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  /** Keep the last segments in memory so that source and renditions can be watched on the page. */
  preview: z.boolean().default(true),
});

/** A complete, valid configuration. */
export type Config = z.infer<typeof ConfigSchema>;

/** The configuration of a new installation. */
export function defaultConfig(): Config {
  return ConfigSchema.parse({ version: CONFIG_VERSION });
}
