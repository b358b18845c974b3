import type { SettingRule, SettingValue, SettingView } from '../../engine/api/settings.ts';
import type { DeploymentType } from '../../engine/api/snapshot.ts';

/** Groups of the settings page, in their order. */
export const SETTING_GROUPS = [
  'general',
  'work',
  'availability',
  'gpus',
  'notifications',
  'updates',
  'history',
  'remote',
  'data',
  'advanced',
] as const;
/** A group of the settings page. */
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** The engine's settings by group, in the order shown. What has a page of its own (prices, single cards) is not among them. */
export const ENGINE_SETTINGS: Readonly<Partial<Record<SettingGroup, readonly string[]>>> = {
  work: [
    'deploymentType',
    'nodeMode',
    'scale',
    'orchestrator.serviceUri',
    'orchestrator.payoutAddress',
    'splitHalf',
    'ownOrchestrator.serviceUri',
    'ownOrchestrator.host',
    'ownOrchestrator.port',
    'ownOrchestrator.maxSessions',
    'ownOrchestrator.certificateFile',
    'ownOrchestrator.keyFile',
    'capacity',
    'cpu.enabled',
    'cpu.sessions',
    'uploadMbps',
  ],
  availability: [
    'availability.schedule',
    'availability.onBattery',
    'availability.onlyWhenIdle.enabled',
    'availability.onlyWhenIdle.minutes',
    'availability.gpuNeeded.enabled',
    'availability.gpuNeeded.abovePercent',
    'availability.gpuNeeded.afterSeconds',
    'availability.gpuNeeded.resumeAfterSeconds',
    'availability.temperature.pauseAbove',
    'availability.temperature.resumeBelow',
  ],
  history: ['history.days', 'history.maxMb', 'preview'],
  remote: ['remote.enabled', 'remote.name', 'remote.host', 'remote.port'],
  advanced: ['api.port', 'logLevel', 'practice.sessions', 'practice.pace', 'practice.input'],
};

/** Settings that have their place elsewhere: prices on the orchestrator's page, what an invite says where it is taken up. */
const ELSEWHERE = /^(ownOrchestrator\.price|orchestrator\.pin|orchestrator\.operator\..*)$/;

/** Settings of the engine that this page has no words for; shown with the engine's own. */
export function unnamedSettings(paths: readonly string[]): readonly string[] {
  const listed = new Set(Object.values(ENGINE_SETTINGS).flat());
  return paths.filter((path) => !listed.has(path) && !ELSEWHERE.test(path));
}

/** The settings as a form reads them: by path. */
export type SettingsByPath = ReadonlyMap<string, SettingView>;

/** Whether a setting means something with the others as they are; what does not is found by the search only. */
export function isRelevant(path: string, settings: SettingsByPath): boolean {
  const value = (other: string) => settings.get(other)?.value;
  const type = value('deploymentType') as DeploymentType | undefined;
  const split = type === 'ot-split';
  if (path === 'splitHalf') return split;
  if (path.startsWith('orchestrator.'))
    return type === 'siphon' || type === 'pool-node' || (split && value('splitHalf') === 'transcoder');
  if (path.startsWith('ownOrchestrator.'))
    return type === 'solo' || type === 'pool-operator' || (split && value('splitHalf') === 'orchestrator');
  if (path === 'availability.onlyWhenIdle.minutes') return value('availability.onlyWhenIdle.enabled') === true;
  if (path.startsWith('availability.gpuNeeded.') && !path.endsWith('.enabled'))
    return value('availability.gpuNeeded.enabled') === true;
  if (path === 'availability.temperature.resumeBelow') return value('availability.temperature.pauseAbove') !== null;
  if (path === 'cpu.sessions') return value('cpu.enabled') === true;
  if (path.startsWith('remote.') && path !== 'remote.enabled') return value('remote.enabled') === true;
  return true;
}

/** What is wrong with a text that was typed for a setting. */
export type SettingFault =
  | { readonly kind: 'number' | 'whole' | 'text' | 'empty' }
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  | { readonly kind: 'above'; readonly min: number; readonly max: number }
  | { readonly kind: 'long'; readonly max: number };

/** What a typed text means for a setting: its value, or what is wrong with it. `point` is the language's decimal sign. */
export function readSetting(
  rule: SettingRule,
  typed: string,
  point = '.',
): { readonly value: string | number | null } | { readonly fault: SettingFault } {
  const text = typed.trim();
  if (rule.kind === 'number') {
    const number = Number(point === '.' ? text : text.replace(point, '.'));
    if (text === '' || !Number.isFinite(number)) return { fault: { kind: 'number' } };
    if (rule.whole && !Number.isInteger(number)) return { fault: { kind: 'whole' } };
    const { min, max } = rule;
    if (number > max || number < min || (rule.above && number === min))
      return { fault: { kind: rule.above ? 'above' : 'range', min, max } };
    return { value: number };
  }
  if (rule.kind === 'text') {
    if (text === '') return rule.nullable ? { value: null } : { fault: { kind: 'empty' } };
    if (rule.maxLength !== undefined && text.length > rule.maxLength) return { fault: { kind: 'long', max: rule.maxLength } };
    if (rule.pattern !== undefined && !new RegExp(rule.pattern, 'iu').test(text)) return { fault: { kind: 'text' } };
  }
  return { value: text };
}

/** A value as the command `configure` takes it: as JSON, so that null is null and not "back to the default". */
export function settingForEngine(value: SettingValue): string {
  return JSON.stringify(value);
}

/** What `configure` is sent to bring back what the file said: its value, or null where that was the default. */
export function settingForUndo({ inFile, standard }: Pick<SettingView, 'inFile' | 'standard'>): string | null {
  return sameValue(inFile, standard) ? null : settingForEngine(inFile);
}

/** Id of a setting's control in the document; the settings page goes to it when its address ends in it. */
export function fieldId(path: string): string {
  return `setting-${path.replaceAll('.', '-')}`;
}

/** Whether two values of a setting are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether a field is found: every word of the search in its label, its explanation or its name. */
export function fitsSearch(search: string, ...texts: readonly string[]): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const haystack = texts.join(' ').toLowerCase();
  return words.every((word) => haystack.includes(word));
}
