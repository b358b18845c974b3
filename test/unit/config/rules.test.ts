import { describe, expect, test } from 'vitest';
import { CONFIG_FIELDS } from '../../../engine/config/fields.ts';
import { ruleAt } from '../../../engine/config/rules.ts';

describe('rules of single settings', () => {
  test('every setting with a path of its own has a rule', () => {
    const without = CONFIG_FIELDS.filter(({ path }) => path !== 'version' && !path.includes('*') && !ruleAt(path));
    expect(without).toEqual([]);
  });

  test('limits, words and choices are those of the schema', () => {
    expect(ruleAt('api.port')).toEqual({ kind: 'number', min: 0, max: 65535, above: false, whole: true, nullable: false });
    expect(ruleAt('uploadMbps')).toMatchObject({ kind: 'number', min: 0, above: true, whole: false, word: 'auto' });
    expect(ruleAt('nodeMode')).toEqual({ kind: 'choice', options: ['video', 'ai', 'dual'] });
    expect(ruleAt('preview')).toEqual({ kind: 'switch' });
    expect(ruleAt('practice.input')).toEqual({ kind: 'text', nullable: true });
    expect(ruleAt('orchestrator.serviceUri')).toEqual({ kind: 'text', nullable: true });
  });

  test('sections and unknown settings have none', () => {
    expect(ruleAt('api')).toBeUndefined();
    expect(ruleAt('nonsense.path')).toBeUndefined();
  });
});
