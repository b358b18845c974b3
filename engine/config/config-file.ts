import { readFile } from 'node:fs/promises';
import { EngineError } from '../base/errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { type ConfigIssue, configIssues, formatIssue } from './issues.ts';
import { type JsonDocument, JsonSyntaxError, parseJsonDocument } from './json-document.ts';
import { CONFIG_MIGRATIONS, migrateConfig } from './migrate.ts';
import { CONFIG_VERSION, type Config, ConfigSchema, defaultConfig } from './schema.ts';

/** What was read. */
export interface LoadedConfig {
  readonly config: Config;
  /** False when there was no file and the defaults apply. */
  readonly exists: boolean;
  /** The file's version when it was older than ours; the file itself is unchanged until the next save. */
  readonly migratedFrom?: number;
}

/**
 * Reads the configuration file; a missing one means defaults. Never writes.
 * @throws EngineError config-invalid (all mistakes with their lines; `details.issues` is a {@link ConfigIssue} list),
 * config-newer, config-unreadable
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { config: defaultConfig(), exists: false };
    throw new EngineError({
      code: 'config-unreadable',
      message: `${file} could not be read: ${(error as Error).message}`,
      nextStep: `Make ${file} readable for this user.`,
      cause: error,
    });
  }
  return { ...parseConfig(text, file), exists: true };
}

/**
 * Parses the text of a configuration file; `file` names it in messages.
 * @throws EngineError config-invalid, config-newer
 */
export function parseConfig(text: string, file: string): Omit<LoadedConfig, 'exists'> {
  let document: JsonDocument;
  try {
    document = parseJsonDocument(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalidConfig(file, [{ path: '', position: error.position, problem: error.message }]);
  }
  const migrated = migrateConfig(document.value, CONFIG_MIGRATIONS, CONFIG_VERSION);
  const parsed = ConfigSchema.safeParse(migrated);
  if (!parsed.success) throw invalidConfig(file, configIssues(parsed.error, migrated, document));
  const version = (document.value as { version: number }).version;
  return { config: parsed.data, ...(version < CONFIG_VERSION ? { migratedFrom: version } : {}) };
}

/**
 * Writes the whole configuration, readable for people, and keeps the previous file as `siphon.json.bak`. A file with
 * mistakes is never overwritten: they are reported as by {@link loadConfig} and the file stays as it is.
 * @throws EngineError config-invalid, config-newer, config-unreadable, disk-full, data-dir-unwritable
 */
export async function saveConfig(file: string, config: Config): Promise<void> {
  await loadConfig(file);
  await writeFileAtomic(file, formatConfig(config), { mode: 0o644, backupSuffix: '.bak' });
}

/** The text of a configuration file: every setting, in the schema's order. Throws on an invalid configuration (a bug). */
export function formatConfig(config: Config): string {
  return `${JSON.stringify(ConfigSchema.parse(config), null, 2)}\n`;
}

/** The error for a list of mistakes, one line each in its message. */
export function invalidConfig(file: string, issues: readonly ConfigIssue[]): EngineError {
  const count = issues.length === 1 ? 'a mistake' : `${issues.length} mistakes`;
  const fromFile = issues.some((issue) => issue.source === undefined);
  return new EngineError({
    code: 'config-invalid',
    message: [
      `${fromFile ? `${file} has` : 'the settings have'} ${count}:`,
      ...issues.map((issue) => `  ${formatIssue(issue)}`),
    ].join('\n'),
    nextStep: fromFile
      ? `Correct the lines named above in ${file}. It has not been changed; a previous version may be beside it, ending in .bak.`
      : 'Correct the option or variable named above.',
    details: { file, issues },
  });
}
