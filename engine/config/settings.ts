import { EngineError } from '../base/errors.ts';
import { invalidConfig } from './config-file.ts';
import { didYouMean } from './did-you-mean.ts';
import { allowedAt, CONFIG_FIELDS, fieldAt, isFreeKey } from './fields.ts';
import { configIssues } from './issues.ts';
import { type Config, ConfigSchema } from './schema.ts';

/** One setting that wins over the file. */
export interface ConfigOverride {
  /** Dotted path, e.g. `api.port`. */
  readonly path: string;
  /** Text (from a variable or an option, read like {@link configSet}'s) or a ready value. */
  readonly value: unknown;
  /** Where it comes from, for messages: `SIPHON_PORT`, `--port`. */
  readonly source: string;
}

/** The overrides that the environment holds (`SIPHON_*`, listed in fields.ts); empty variables count as unset. */
export function environmentOverrides(env: Readonly<Record<string, string | undefined>>): ConfigOverride[] {
  return CONFIG_FIELDS.flatMap(({ path, variable }) => {
    const value = variable === undefined ? undefined : env[variable];
    return variable === undefined || value === undefined || value.trim() === '' ? [] : [{ path, value, source: variable }];
  });
}

/**
 * The configuration with overrides on top, later ones winning.
 * @throws EngineError config-invalid naming the variable or option, not-found for an unknown path
 */
export function applyOverrides(config: Config, overrides: readonly ConfigOverride[]): Config {
  return overrides.reduce((current, { path, value, source }) => set(current, path, value, source), config);
}

/**
 * The value at a dotted path (a setting or a section); undefined for a GPU without settings of its own.
 * @throws EngineError not-found for an unknown path
 */
export function configGet(config: Config, path: string): unknown {
  let value: unknown = config;
  for (const part of knownParts(path)) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return value;
}

/**
 * A copy of the configuration with one setting changed. Text is read as JSON where it is JSON (`3`, `true`, `null`) and
 * as itself otherwise (`auto`, `https://…`).
 * @throws EngineError config-invalid, not-found
 */
export function configSet(config: Config, path: string, value: unknown): Config {
  return set(config, path, value, 'siphon config set');
}

/**
 * A copy of the configuration with one setting (or a GPU's settings) back at its default.
 * @throws EngineError not-found
 */
export function configUnset(config: Config, path: string): Config {
  return set(config, path, undefined, 'siphon config unset');
}

function set(config: Config, path: string, value: unknown, source: string): Config {
  const parts = knownParts(path);
  if (parts[0] === 'version') {
    throw new EngineError({ code: 'bad-request', message: 'version is kept by Siphon itself and cannot be set' });
  }
  let failure: EngineError | undefined;
  for (const candidate of readings(value, parts)) {
    const changed: Record<string, unknown> = structuredClone(config);
    place(changed, parts, candidate);
    const parsed = ConfigSchema.safeParse(changed);
    if (parsed.success) return parsed.data;
    failure ??= invalidConfig(
      '',
      configIssues(parsed.error, changed).map((issue) => ({ ...issue, source })),
    );
  }
  throw failure;
}

/** The values a text may stand for, likeliest first: a path named `007` is text where the number is not allowed. */
function readings(value: unknown, parts: readonly string[]): unknown[] {
  if (typeof value !== 'string') return [value];
  const text = value.trim();
  // A switch in the environment is often written as one of these.
  if (fieldAt(parts)?.allowed === 'true or false') {
    if (/^(1|yes|on)$/i.test(text)) return [true];
    if (/^(0|no|off)$/i.test(text)) return [false];
  }
  try {
    return [JSON.parse(text), text];
  } catch {
    return [text];
  }
}

function place(target: Record<string, unknown>, parts: readonly string[], value: unknown): void {
  let section = target;
  for (const part of parts.slice(0, -1)) {
    const inner = section[part];
    const next: Record<string, unknown> = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    section[part] = next;
    section = next;
  }
  const last = parts.at(-1) ?? '';
  if (value === undefined) delete section[last];
  else section[last] = value;
}

/** Splits a dotted path after checking that it leads somewhere. */
function knownParts(path: string): string[] {
  const parts = path.split('.');
  if (parts.every((part) => part !== '' && part !== '*') && (isFreeKey(parts) || allowedAt(parts) !== undefined)) return parts;
  const meant = didYouMean(
    path,
    CONFIG_FIELDS.map((field) => field.path),
  );
  throw new EngineError({
    code: 'not-found',
    message: `there is no setting "${path}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    nextStep: 'List all settings with: siphon config show',
  });
}

/** One setting that differs between two configurations; undefined = not set. */
export interface ConfigChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What changed from one configuration to another, setting by setting (a GPU's settings one by one). */
export function configChanges(before: Config, after: Config): ConfigChange[] {
  const old = flattened(before);
  const now = flattened(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

function flattened(value: object, prefix = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'object' && inner !== null
        ? [...flattened(inner, `${prefix}${key}.`)]
        : [[`${prefix}${key}`, inner] as const],
    ),
  );
}
