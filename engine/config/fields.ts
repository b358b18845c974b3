import { DEFAULT_REMOTE_PORT } from '../api/fleet.ts';
import { DEPLOYMENT_TYPES, NODE_MODES, SCALES } from '../api/snapshot.ts';
import { DEFAULT_API_PORT, DEFAULT_ORCHESTRATOR_PORT, LOG_LEVELS, SPLIT_HALVES } from './schema.ts';

/** One setting as people meet it: in the reports on an invalid file, in `siphon config`, in the documentation. */
export interface ConfigField {
  /** Dotted path; `*` stands for any GPU UUID or gateway address. */
  readonly path: string;
  /** What it is for, one sentence without the full stop. */
  readonly what: string;
  /** What may stand there, in words. */
  readonly allowed: string;
  /** Environment variable that overrides it, where there is one. */
  readonly variable?: string;
}

const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ');
const SESSIONS = '"auto" or a whole number from 1 to 1000';

const PRICE = 'a price like "1000wei" (for each pixel) or "0.02USD/1e12pixels"';

/** Every setting of the configuration file, in the file's order. A test holds it against the schema. */
export const CONFIG_FIELDS: readonly ConfigField[] = [
  { path: 'version', what: 'Version of the file', allowed: '1' },
  { path: 'nodeMode', what: 'What this machine works on', allowed: quoted(NODE_MODES), variable: 'SIPHON_NODE_MODE' },
  {
    path: 'deploymentType',
    what: 'How it takes part in the network',
    allowed: quoted(DEPLOYMENT_TYPES),
    variable: 'SIPHON_DEPLOYMENT_TYPE',
  },
  { path: 'scale', what: 'How many GPUs and machines', allowed: quoted(SCALES), variable: 'SIPHON_SCALE' },
  {
    path: 'orchestrator.serviceUri',
    what: 'The orchestrator that gives this machine work',
    allowed: 'an address like "https://orchestrator.example:8935", or null',
    variable: 'SIPHON_ORCHESTRATOR',
  },
  {
    path: 'orchestrator.pin',
    what: 'The TLS key that it must have, from its invite',
    allowed: '64 small hex digits (SHA-256 of its public key), or null for any key',
  },
  {
    path: 'orchestrator.operator.name',
    what: 'Who runs it, as its invite says',
    allowed: 'a text of up to 80 characters, or null',
  },
  { path: 'orchestrator.operator.terms', what: 'Its payout terms in words', allowed: 'a text of up to 600 characters, or null' },
  {
    path: 'orchestrator.operator.commissionPpm',
    what: 'What its operator keeps, in millionths',
    allowed: 'a whole number from 0 to 1000000, or null',
  },
  {
    path: 'orchestrator.operator.minimumPayoutWei',
    what: 'Least amount that its operator pays out, wei',
    allowed: 'a whole number as text, or null',
  },
  {
    path: 'orchestrator.operator.currency',
    what: 'What its operator pays in',
    allowed: 'a short name like "ETH", or null',
  },
  {
    path: 'orchestrator.payoutAddress',
    what: 'Ethereum address that earnings are to go to',
    allowed: 'an address like "0x…" with 40 digits, or null',
  },
  { path: 'splitHalf', what: 'Which half of an O-T split this machine is', allowed: quoted(SPLIT_HALVES) },
  {
    path: 'ownOrchestrator.serviceUri',
    what: 'Public address of the own orchestrator, which gateways and transcoders connect to',
    allowed: 'an address like "https://orchestrator.example:8935", or null',
    variable: 'SIPHON_SERVICE_URI',
  },
  {
    path: 'ownOrchestrator.host',
    what: 'Address of this machine that the own orchestrator listens on',
    allowed: 'an address like "0.0.0.0" (all), "127.0.0.1" or "::"',
  },
  {
    path: 'ownOrchestrator.port',
    what: `Port that the own orchestrator listens on (${DEFAULT_ORCHESTRATOR_PORT} unless changed)`,
    allowed: 'a whole number from 0 to 65535; 0 takes any free port',
    variable: 'SIPHON_ORCHESTRATOR_PORT',
  },
  {
    path: 'ownOrchestrator.maxSessions',
    what: 'Streams that the own orchestrator takes at once',
    allowed: SESSIONS,
  },
  { path: 'ownOrchestrator.price', what: 'What the own orchestrator asks for', allowed: PRICE, variable: 'SIPHON_PRICE' },
  { path: 'ownOrchestrator.pricePerGateway.*', what: 'What it asks of this gateway', allowed: PRICE },
  {
    path: 'ownOrchestrator.certificateFile',
    what: 'Own TLS certificate (PEM) of the own orchestrator',
    allowed: 'the path of a file, or null for a self-signed one',
  },
  {
    path: 'ownOrchestrator.keyFile',
    what: 'Private key (PEM) of that certificate',
    allowed: 'the path of a file, or null',
  },
  { path: 'capacity', what: 'Streams at once, all GPUs together', allowed: SESSIONS, variable: 'SIPHON_CAPACITY' },
  { path: 'gpus.*.enabled', what: 'Whether this GPU is used', allowed: 'true or false' },
  { path: 'gpus.*.sessions', what: 'Streams at once on this GPU', allowed: SESSIONS },
  { path: 'cpu.enabled', what: 'Whether the processor works when no GPU of this machine can', allowed: 'true or false' },
  { path: 'cpu.sessions', what: 'Streams at once on the processor', allowed: SESSIONS },
  {
    path: 'availability.schedule',
    what: 'Windows of the week in which it works, in local time',
    allowed: 'null (always), or a list like [{"days":["mon","fri"],"from":"22:00","to":"06:00"}]',
  },
  { path: 'availability.onBattery', what: 'What it does while the machine runs on battery', allowed: '"work", "pause"' },
  { path: 'availability.onlyWhenIdle.enabled', what: 'Work only when nobody uses the machine', allowed: 'true or false' },
  {
    path: 'availability.onlyWhenIdle.minutes',
    what: 'Minutes without a key press or mouse move until then',
    allowed: 'a whole number from 1 to 240',
  },
  {
    path: 'availability.gpuNeeded.enabled',
    what: 'Rest a GPU while another program, such as a game, needs it',
    allowed: 'true or false',
  },
  {
    path: 'availability.gpuNeeded.abovePercent',
    what: 'Share of the GPU that others must use for that, percent',
    allowed: 'a whole number from 5 to 100',
  },
  {
    path: 'availability.gpuNeeded.afterSeconds',
    what: 'For how long without a break, seconds',
    allowed: 'a whole number from 5 to 600',
  },
  {
    path: 'availability.gpuNeeded.resumeAfterSeconds',
    what: 'Seconds without such use until the GPU works again',
    allowed: 'a whole number from 10 to 3600',
  },
  {
    path: 'availability.temperature.pauseAbove',
    what: 'Temperature above which a GPU rests, °C',
    allowed: 'a whole number from 40 to 110, or null for never',
  },
  {
    path: 'availability.temperature.resumeBelow',
    what: 'Temperature below which it works again, °C',
    allowed: 'a whole number from 20 to 109, below availability.temperature.pauseAbove',
  },
  {
    path: 'uploadMbps',
    what: 'Upload bandwidth that work may fill, megabits per second',
    allowed: '"auto" or a number above 0',
    variable: 'SIPHON_UPLOAD_MBPS',
  },
  {
    path: 'api.port',
    what: `Port of the page and the local API on this machine (${DEFAULT_API_PORT} unless changed)`,
    allowed: 'a whole number from 0 to 65535; 0 takes any free port',
    variable: 'SIPHON_PORT',
  },
  {
    path: 'remote.enabled',
    what: 'Whether paired machines reach this one over the network',
    allowed: 'true or false',
    variable: 'SIPHON_REMOTE',
  },
  {
    path: 'remote.host',
    what: 'Address of this machine that paired machines connect to',
    allowed: 'an address like "0.0.0.0" (all), "192.168.1.5" or "::"',
  },
  {
    path: 'remote.port',
    what: `Port that paired machines connect to (${DEFAULT_REMOTE_PORT} unless changed)`,
    allowed: 'a whole number from 0 to 65535; 0 takes any free port',
    variable: 'SIPHON_REMOTE_PORT',
  },
  {
    path: 'remote.name',
    what: 'What other machines call this one',
    allowed: 'a name of up to 60 characters, or null for the host name',
    variable: 'SIPHON_NAME',
  },
  { path: 'history.days', what: 'Days of history kept', allowed: 'a whole number from 1 to 3650' },
  { path: 'history.maxMb', what: 'Most megabytes of history kept', allowed: 'a whole number from 10 to 1000000' },
  { path: 'logLevel', what: 'How much is logged', allowed: quoted(LOG_LEVELS), variable: 'SIPHON_LOG_LEVEL' },
  { path: 'practice.sessions', what: 'Streams of the practice network', allowed: 'a whole number from 1 to 100' },
  { path: 'practice.pace', what: 'Pace of the practice network', allowed: '"real-time", "flat-out"' },
  { path: 'practice.input', what: 'Video that the practice network plays', allowed: 'the path of a video file, or null' },
  {
    path: 'preview',
    what: 'Keep the last segments in memory to watch them',
    allowed: 'true or false',
    variable: 'SIPHON_PREVIEW',
  },
];

/** A section whose keys are free: what they are, and what may stand in the section. */
interface FreeSection {
  readonly path: readonly string[];
  readonly allowed: string;
  /** What a key is, for messages on wrong ones. */
  readonly key: string;
}

const FREE_SECTIONS: readonly FreeSection[] = [
  {
    path: ['gpus'],
    allowed: 'GPU UUIDs as keys ("GPU-…" or "MIG-…", see `siphon gpus`), each with "enabled" and "sessions"',
    key: 'a GPU UUID',
  },
  {
    path: ['ownOrchestrator', 'pricePerGateway'],
    allowed: 'Ethereum addresses of gateways as keys ("0x…"), each with its price',
    key: 'the Ethereum address of a gateway',
  },
];

/** The section with free keys that a path leads into (or to, when `itself`); undefined when there is none. */
function freeSection(path: readonly PropertyKey[], itself = false): FreeSection | undefined {
  return FREE_SECTIONS.find(
    (section) =>
      (itself ? path.length === section.path.length : path.length > section.path.length) &&
      section.path.every((part, index) => path[index] === part),
  );
}

/** A path with its free key, where it has one, as `*`. */
function generalised(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const free = freeSection(path);
  return free ? [...free.path, '*', ...path.slice(free.path.length + 1)] : path;
}

/** What a key of a section with free keys is, in words; undefined for other sections. */
export function keyNameAt(section: readonly PropertyKey[]): string | undefined {
  return freeSection(section, true)?.key;
}

/** Whether a path is one free key (a GPU's settings), as opposed to a section or a setting with a name. */
export function isFreeKey(path: readonly PropertyKey[]): boolean {
  const free = freeSection(path);
  return free !== undefined && path.length === free.path.length + 1;
}

/** The entry for a concrete path such as `gpus.GPU-1234.sessions`; undefined for sections and unknown settings. */
export function fieldAt(path: readonly PropertyKey[]): ConfigField | undefined {
  const text = generalised(path).map(String).join('.');
  return CONFIG_FIELDS.find((field) => field.path === text);
}

/** What may stand at a path, in words: a setting's values, or a section's keys. Undefined when the path is unknown. */
export function allowedAt(path: readonly PropertyKey[]): string | undefined {
  const field = fieldAt(path);
  if (field) return field.allowed;
  const free = freeSection(path, true);
  if (free) return free.allowed;
  const keys = keysAt(path);
  return keys.length > 0 ? `an object with ${keys.map((key) => `"${key}"`).join(', ')}` : undefined;
}

/** Names that may stand in the object at `path`; empty where names are free or there is no such object. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const prefix = generalised(path)
    .map((part) => `${String(part)}.`)
    .join('');
  const keys = CONFIG_FIELDS.filter((field) => field.path.startsWith(prefix)).map(
    (field) => field.path.slice(prefix.length).split('.')[0] ?? '',
  );
  return [...new Set(keys)].filter((key) => key !== '*');
}
