import { EngineError } from '../base/errors.ts';

/** Turns a file of one version into the next. Pure; the version number itself is set by {@link migrateConfig}. */
export type ConfigMigration = (old: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/**
 * The configuration's migrations: the first turns version 1 into 2, and so on. Empty as long as version 1 is the only one.
 * To change the file's shape, add a function at the end and raise CONFIG_VERSION.
 */
export const CONFIG_MIGRATIONS: readonly ConfigMigration[] = [];

/**
 * Brings a parsed file to `targetVersion`. Anything without a usable version number is returned unchanged, for the
 * schema to report.
 * @throws EngineError config-newer when the file was written by a newer Siphon
 */
export function migrateConfig(raw: unknown, migrations: readonly ConfigMigration[], targetVersion: number): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  let current = raw as Record<string, unknown>;
  const version = current.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return raw;
  if (version > targetVersion) {
    throw new EngineError({
      code: 'config-newer',
      message: `the configuration has version ${version}, but this Siphon knows versions up to ${targetVersion}: it was written by a newer Siphon`,
      nextStep: 'Update Siphon, or put back the older configuration (the previous one is kept beside it, ending in .bak).',
      details: { version, targetVersion },
    });
  }
  for (let from = version; from < targetVersion; from += 1) {
    const migration = migrations[from - 1];
    if (!migration) throw new Error(`no migration from configuration version ${from}`);
    current = { ...migration(current), version: from + 1 };
  }
  return current;
}
