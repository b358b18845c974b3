import type { SettingSource, SettingsView, SettingValue, SettingView } from '../api/settings.ts';
import { EngineError } from '../base/errors.ts';
import type { ConfigIssue } from '../config/issues.ts';
import { ruleAt } from '../config/rules.ts';
import { type Config, defaultConfig } from '../config/schema.ts';
import { type ConfigOverride, configGet } from '../config/settings.ts';
import type { Settings } from './settings.ts';
import { waitsForStart } from './work.ts';

/** What {@link viewSettings} needs. */
export interface ViewSettingsParameters {
  /** Absent: the engine was started with a configuration that is not kept in a file. */
  readonly settings: Settings | undefined;
  /** What this engine was started with. */
  readonly startedWith: Config;
}

/**
 * The configuration for showing and changing: each setting with its value, where that comes from, and what may stand there.
 * Settings with free keys (single cards, single gateways) have pages of their own and are left out.
 * @throws EngineError not-ready without a file, and the `config-…` errors for a file that cannot be read
 */
export async function viewSettings({ settings, startedWith }: ViewSettingsParameters): Promise<SettingsView> {
  if (!settings) {
    throw new EngineError({ code: 'not-ready', message: 'This engine runs with fixed settings', nextStep: 'Start it anew.' });
  }
  const [{ config: inFile }, effective] = await Promise.all([settings.readFile(), settings.effective()]);
  const standard = defaultConfig();
  const views = settings.fields.flatMap(({ path, what }): SettingView[] => {
    const rule = path === 'version' || path.includes('*') ? undefined : ruleAt(path);
    if (!rule) return [];
    const at = (config: Config) => configGet(config, path) as SettingValue;
    const value = at(effective);
    const fixed = settings.overrides.findLast((override) => override.path === path);
    const atNextStart = waitsForStart(path);
    return [
      {
        path,
        what,
        value,
        inFile: at(inFile),
        standard: at(standard),
        source: sourceOf(fixed, at(inFile), at(standard)),
        atNextStart,
        pending: atNextStart && !same(value, at(startedWith)),
        rule,
        ...(fixed ? { fixedBy: fixed.source } : {}),
      },
    ];
  });
  return { settings: views, file: settings.paths.configFile };
}

function sourceOf(fixed: ConfigOverride | undefined, inFile: unknown, standard: unknown): SettingSource {
  if (fixed) return fixed.source.startsWith('SIPHON_') ? 'variable' : 'option';
  return same(inFile, standard) ? 'default' : 'file';
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** An error about wrong settings without the command line's words, for a form that shows it beside the field. */
export function forForm(error: unknown, changed: readonly string[]): unknown {
  if (!(error instanceof EngineError) || error.code !== 'config-invalid') return error;
  const issues = (error.details as { readonly issues?: readonly ConfigIssue[] } | undefined)?.issues ?? [];
  if (issues.length === 0 || issues.some(({ source }) => source === undefined)) return error;
  const message = issues
    .map(
      ({ path, problem, allowed }) =>
        `${changed.includes(path) ? 'It' : path} ${problem}${allowed === undefined ? '' : ` (allowed: ${allowed})`}.`,
    )
    .join(' ');
  return new EngineError({ code: 'config-invalid', message, cause: error });
}
