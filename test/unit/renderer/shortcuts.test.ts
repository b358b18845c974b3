import { describe, expect, test } from 'vitest';
import { PAGE_NAMES } from '../../../renderer/app/route.ts';
import { type KeyPress, PAGE_KEYS, Shortcuts } from '../../../renderer/app/shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  command: false,
  alt: false,
  typing: false,
  ...more,
});
const PAGES = ['history', 'logs', 'about'] as const;

describe('keyboard shortcuts', () => {
  test('Ctrl+K works while typing and with single keys switched off', () => {
    expect(new Shortcuts().press(press('k', { command: true, typing: true }), 0, PAGES, false)).toEqual({ kind: 'palette' });
    expect(new Shortcuts().press(press('/', { command: true }), 0, PAGES, false)).toEqual({ kind: 'help' });
  });

  test('single keys do nothing while typing, when switched off, or with Alt', () => {
    const shortcuts = new Shortcuts();
    expect(shortcuts.press(press('?'), 0, PAGES, true)).toEqual({ kind: 'help' });
    expect(shortcuts.press(press('?', { typing: true }), 0, PAGES, true)).toBeNull();
    expect(shortcuts.press(press('?'), 0, PAGES, false)).toBeNull();
    expect(shortcuts.press(press('/', { alt: true }), 0, PAGES, true)).toBeNull();
  });

  test('G and a letter lead to a page that is there, within a second and a half', () => {
    const shortcuts = new Shortcuts();
    expect(shortcuts.press(press('g'), 1000, PAGES, true)).toBeNull();
    expect(shortcuts.press(press('L'), 2000, PAGES, true)).toEqual({ kind: 'page', page: 'logs' });
    shortcuts.press(press('g'), 3000, PAGES, true);
    expect(shortcuts.press(press('l'), 4600, PAGES, true)).toBeNull();
    shortcuts.press(press('g'), 5000, PAGES, true);
    expect(shortcuts.press(press('o'), 5100, PAGES, true)).toBeNull();
  });

  test('no two pages have the same letter', () => {
    const letters = PAGE_NAMES.flatMap((page) => PAGE_KEYS[page] ?? []);
    expect(new Set(letters).size).toBe(letters.length);
  });
});
