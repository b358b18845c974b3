import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAutostartEntry } from '../../../../main/autostart/desktop-entry.ts';
import { dataHomeOf, openLinksHere, type RunTool } from '../../../../main/autostart/linux-links.ts';

let dataHome: string;
beforeEach(() => {
  dataHome = mkdtempSync(path.join(tmpdir(), 'siphon-links-'));
});
afterEach(() => rmSync(dataHome, { recursive: true, force: true }));

const file = () => path.join(dataHome, 'applications', 'siphon-links.desktop');

/** A desktop on which `handler` opens the links; changes are kept, as xdg-mime keeps them. */
function desktop(handler: string | undefined) {
  const state = { handler, changes: 0 };
  const run: RunTool = async (program, args) => {
    if (program !== 'xdg-mime' || state.handler === undefined) return undefined;
    if (args[0] === 'query') return `${state.handler}\n`;
    state.handler = args[1] ?? '';
    state.changes += 1;
    return '';
  };
  const open = (command: readonly string[]) => openLinksHere({ dataHome, command, scheme: 'siphon', run });
  return { state, open };
}

describe('siphon:// links on Linux', () => {
  test('are taken over when nobody opens them, with the link as the last argument', async () => {
    const { state, open } = desktop('');
    expect(await open(['/home/me/Siphon 1.AppImage'])).toBe(true);
    expect(state.handler).toBe('siphon-links.desktop');
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain('\nMimeType=x-scheme-handler/siphon;\n');
    expect(parseAutostartEntry(text).command).toEqual(['/home/me/Siphon 1.AppImage', '%u']);
  });

  test('follow a copy that was moved, and are left alone when nothing changed', async () => {
    const { state, open } = desktop('');
    await open(['/old']);
    await open(['/new']);
    expect(state.changes).toBe(2);
    expect(await open(['/new'])).toBe(true);
    expect(state.changes).toBe(2);
    expect(readFileSync(file(), 'utf8')).toContain('TryExec=/new\n');
  });

  test('are never taken from an installed Siphon, nor where nobody can tell who opens them', async () => {
    expect(await desktop('siphon.desktop').open(['/x'])).toBe(false);
    expect(await desktop(undefined).open(['/x'])).toBe(false);
    expect(existsSync(file())).toBe(false);
  });

  test('the data folder is XDG’s when it is absolute', () => {
    expect(dataHomeOf({ XDG_DATA_HOME: '/d' }, '/home/me')).toBe('/d');
    expect(dataHomeOf({ XDG_DATA_HOME: 'd' }, '/home/me')).toBe('/home/me/.local/share');
  });
});
