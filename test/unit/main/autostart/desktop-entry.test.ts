import { describe, expect, test } from 'vitest';
import { autostartEntry, parseAutostartEntry } from '../../../../main/autostart/desktop-entry.ts';

describe('autostart entry', () => {
  test('is a desktop entry that starts the program, and is passed over once it is gone', () => {
    const lines = autostartEntry(['/opt/Siphon/siphon', '--hidden'], 'In the tray').split('\n');
    expect(lines[0]).toBe('[Desktop Entry]');
    expect(lines).toContain('Exec="/opt/Siphon/siphon" "--hidden"');
    expect(lines).toContain('TryExec=/opt/Siphon/siphon');
    expect(lines).toContain('Type=Application');
  });

  test('spaces and every reserved character of a path come back as they were', () => {
    for (const program of ['/home/my apps/Siphon 1.AppImage', '/a/$HOME/`id`/"x"', '/a\\b/%u/50%', '/a;b&c|(d)*?#~', '/ä/日本']) {
      const command = [program, '--hidden'];
      expect(parseAutostartEntry(autostartEntry(command, ''))).toEqual({ command, enabled: true });
    }
  });

  test('quotes as the specification has it: a backslash is escaped for Exec, and again for the value', () => {
    expect(autostartEntry(['/a\\b/$c'], '')).toContain('Exec="/a\\\\\\\\b/\\\\$c"\n');
  });

  test('is off when the desktop or the person switched it off, or nothing is started', () => {
    const entry = autostartEntry(['/x'], '');
    expect(parseAutostartEntry(`${entry}Hidden=true\n`).enabled).toBe(false);
    expect(parseAutostartEntry(entry.replace('enabled=true', 'enabled=false')).enabled).toBe(false);
    expect(parseAutostartEntry('').enabled).toBe(false);
  });

  test('other groups of the file, comments and unquoted commands are understood', () => {
    const text = '# mine\n[Desktop Entry]\nExec = siphon --hidden\n\n[Desktop Action New]\nExec=other\nHidden=true\n';
    expect(parseAutostartEntry(text)).toEqual({ command: ['siphon', '--hidden'], enabled: true });
  });
});
