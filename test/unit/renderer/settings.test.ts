import { describe, expect, test } from 'vitest';
import type { SettingView } from '../../../engine/api/settings.ts';
import { CONFIG_FIELDS } from '../../../engine/config/fields.ts';
import { ruleAt } from '../../../engine/config/rules.ts';
import {
  ENGINE_SETTINGS,
  fitsSearch,
  isRelevant,
  readSetting,
  settingForEngine,
  settingForUndo,
  unnamedSettings,
} from '../../../renderer/model/settings.ts';
import { type SettingText, settingsEn } from '../../../renderer/text/en-settings.ts';

const rule = (path: string) => {
  const found = ruleAt(path);
  if (!found) throw new Error(`no setting ${path}`);
  return found;
};

describe('the settings that the page shows', () => {
  const paths = CONFIG_FIELDS.map(({ path }) => path).filter((path) => path !== 'version' && !path.includes('*'));

  test('every setting of the configuration has a place here or elsewhere', () => {
    expect(unnamedSettings(paths)).toEqual([]);
  });

  test('every setting that is shown exists, has words, and names for its choices', () => {
    const words: Readonly<Record<string, SettingText>> = settingsEn.fields;
    for (const path of Object.values(ENGINE_SETTINGS).flat()) {
      expect(paths, path).toContain(path);
      expect(Object.keys(words), path).toContain(path);
      const known = rule(path);
      if (known.kind === 'choice') expect(Object.keys(words[path]?.options ?? {}), path).toEqual(known.options);
    }
  });
});

describe('what is typed', () => {
  test('numbers follow the engine’s limits', () => {
    expect(readSetting(rule('history.days'), ' 30 ')).toEqual({ value: 30 });
    expect(readSetting(rule('history.days'), '0')).toEqual({ fault: { kind: 'range', min: 1, max: 3650 } });
    expect(readSetting(rule('history.days'), '1.5')).toEqual({ fault: { kind: 'whole' } });
    expect(readSetting(rule('history.days'), 'many')).toEqual({ fault: { kind: 'number' } });
    expect(readSetting(rule('history.days'), '')).toEqual({ fault: { kind: 'number' } });
    expect(readSetting(rule('uploadMbps'), '0')).toMatchObject({ fault: { kind: 'above', min: 0 } });
  });

  test('a decimal sign is read as the language writes it', () => {
    expect(readSetting(rule('uploadMbps'), '12,5', ',')).toEqual({ value: 12.5 });
    expect(readSetting(rule('uploadMbps'), '12,5', '.')).toEqual({ fault: { kind: 'number' } });
  });

  test('empty text is null where that may be, and a fault elsewhere', () => {
    expect(readSetting(rule('practice.input'), ' ')).toEqual({ value: null });
    expect(readSetting(rule('ownOrchestrator.host'), '')).toEqual({ fault: { kind: 'empty' } });
    expect(readSetting(rule('ownOrchestrator.host'), 'no spaces')).toEqual({ fault: { kind: 'text' } });
    expect(readSetting(rule('ownOrchestrator.host'), '127.0.0.1')).toEqual({ value: '127.0.0.1' });
  });
});

describe('what the engine is sent', () => {
  test('values are JSON, so that null is a value and text never turns into something else', () => {
    expect(settingForEngine(null)).toBe('null');
    expect(settingForEngine('007')).toBe('"007"');
    expect(settingForEngine(true)).toBe('true');
  });

  test('undo brings back what the file said, or the default by name', () => {
    expect(settingForUndo({ inFile: 30, standard: 90 })).toBe('30');
    expect(settingForUndo({ inFile: 90, standard: 90 })).toBeNull();
    // Null in the file where the default is a number: 'never', not 'back to the default'.
    expect(settingForUndo({ inFile: null, standard: 87 })).toBe('null');
  });
});

describe('which settings mean something', () => {
  const settings = (values: Readonly<Record<string, unknown>>) =>
    new Map(Object.entries(values).map(([path, value]) => [path, { path, value } as SettingView]));

  test('the orchestrator’s address is of those who work for one, the own orchestrator’s of those who run one', () => {
    const siphon = settings({ deploymentType: 'siphon' });
    expect(isRelevant('orchestrator.serviceUri', siphon)).toBe(true);
    expect(isRelevant('ownOrchestrator.port', siphon)).toBe(false);
    const half = settings({ deploymentType: 'ot-split', splitHalf: 'orchestrator' });
    expect(isRelevant('splitHalf', half)).toBe(true);
    expect(isRelevant('orchestrator.serviceUri', half)).toBe(false);
    expect(isRelevant('ownOrchestrator.port', half)).toBe(true);
  });

  test('details of a rule are hidden while it is off', () => {
    expect(isRelevant('availability.gpuNeeded.afterSeconds', settings({ 'availability.gpuNeeded.enabled': false }))).toBe(false);
    expect(isRelevant('availability.temperature.resumeBelow', settings({ 'availability.temperature.pauseAbove': null }))).toBe(
      false,
    );
  });
});

test('a search finds every word, in any case and any of the texts', () => {
  expect(fitsSearch('UPLOAD mbps', 'Upload bandwidth', 'how much', 'uploadMbps')).toBe(true);
  expect(fitsSearch('upload days', 'Upload bandwidth', 'how much')).toBe(false);
  expect(fitsSearch('  ', '')).toBe(true);
});
