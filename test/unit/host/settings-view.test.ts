import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSettings } from '../../../engine/host/settings.ts';
import { forForm, viewSettings } from '../../../engine/host/settings-view.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'siphon-settings-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = (env: Record<string, string> = {}) =>
  openSettings({ env, dataDir, overrides: [{ path: 'scale', value: 'fleet', source: '--scale' }] });

async function look(settings: ReturnType<typeof open>) {
  const startedWith = await settings.effective();
  const view = async () => {
    const { settings: list } = await viewSettings({ settings, startedWith });
    return (name: string) => list.find((setting) => setting.path === name);
  };
  return view;
}

describe('the settings as a page sees them', () => {
  test('each value says where it comes from, and what it would be without', async () => {
    writeFileSync(path.join(dataDir, 'siphon.json'), '{ "version": 1, "history": { "days": 30 }, "capacity": 3 }');
    const at = await (await look(open({ SIPHON_CAPACITY: '5' })))();
    expect(at('history.days')).toMatchObject({ value: 30, inFile: 30, standard: 90, source: 'file' });
    expect(at('history.maxMb')).toMatchObject({ value: 500, source: 'default' });
    expect(at('capacity')).toMatchObject({ value: 5, inFile: 3, source: 'variable', fixedBy: 'SIPHON_CAPACITY' });
    expect(at('scale')).toMatchObject({ value: 'fleet', source: 'option', fixedBy: '--scale' });
  });

  test('a change that waits for the next start is marked until then', async () => {
    const settings = open();
    const view = await look(settings);
    expect((await view())('api.port')).toMatchObject({ atNextStart: true, pending: false });
    await settings.change([{ path: 'api.port', value: 18000 }]);
    expect((await view())('api.port')).toMatchObject({ value: 18000, pending: true });
    expect((await view())('history.days')).toMatchObject({ atNextStart: false, pending: false });
  });

  test('error: a wrong value is told without the command line’s words', async () => {
    const error = await open()
      .change([{ path: 'history.days', value: 0 }])
      .catch((thrown: unknown) => forForm(thrown, ['history.days']));
    expect((error as Error).message).toBe('It is 0, which is not allowed (allowed: a whole number from 1 to 3650).');
  });

  test('error: a setting that only fits badly to the changed one is named', async () => {
    const error = await open()
      .change([{ path: 'availability.temperature.pauseAbove', value: 70 }])
      .catch((thrown: unknown) => forForm(thrown, ['availability.temperature.pauseAbove']));
    expect((error as Error).message).toMatch(/^availability\.temperature\.resumeBelow is 75, which is not allowed/);
  });

  test('error: without a file there is nothing to show', async () => {
    const startedWith = await open().effective();
    await expect(viewSettings({ settings: undefined, startedWith })).rejects.toMatchObject({ code: 'not-ready' });
  });
});
