import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AskProgram, trayPresent } from '../../../../main/tray/tray-presence.ts';
import { watchTray } from '../../../../main/tray/tray-watch.ts';

/** Answers as glib's gdbus prints them; `host` undefined = the property cannot be read. */
function bus(owner: boolean, host?: boolean): AskProgram {
  return async (program, args) => {
    if (program !== 'gdbus') return undefined;
    if (args.includes('org.freedesktop.DBus.NameHasOwner')) return `(${owner},)\n`;
    return host === undefined ? undefined : `(<${host}>,)\n`;
  };
}

describe('whether there is a tray', () => {
  test('Windows always has one, and nothing is asked', async () => {
    const ask = vi.fn<AskProgram>();
    expect(await trayPresent({ platform: 'win32', env: {}, ask })).toBe(true);
    expect(ask).not.toHaveBeenCalled();
  });

  test('on Linux there must be a watcher, and a panel that shows what it watches', async () => {
    const look = (ask: AskProgram) => trayPresent({ platform: 'linux', env: { XDG_CURRENT_DESKTOP: 'KDE' }, ask });
    expect(await look(bus(true, true))).toBe(true);
    expect(await look(bus(true, false))).toBe(false);
    expect(await look(bus(true))).toBe(true);
    expect(await look(bus(false))).toBe(false);
  });

  test('without gdbus, dbus-send is asked', async () => {
    const ask: AskProgram = async (program, args) => {
      if (program !== 'dbus-send') return undefined;
      return args.some((text) => text.endsWith('NameHasOwner')) ? '   boolean true\n' : '   variant       boolean false\n';
    };
    expect(await trayPresent({ platform: 'linux', env: {}, ask })).toBe(false);
  });

  test('when nobody answers, only desktops that always had a tray are believed', async () => {
    const ask: AskProgram = async () => undefined;
    const on = (desktop: string) => trayPresent({ platform: 'linux', env: { XDG_CURRENT_DESKTOP: desktop }, ask });
    expect(await on('ubuntu:GNOME')).toBe(true);
    expect(await on('GNOME')).toBe(false);
    expect(await trayPresent({ platform: 'linux', env: {}, ask })).toBe(false);
  });
});

describe('watching for the tray', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a panel that comes after Siphon is found, and told once', async () => {
    const told: boolean[] = [];
    let present = false;
    using _watch = watchTray(
      async () => present,
      (now) => told.push(now),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([false]);
    present = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([false, true]);
  });

  test('it is looked for rarely in the long run, and not at all once disposed', async () => {
    const look = vi.fn(async () => true);
    const watch = watchTray(look, () => {});
    await vi.advanceTimersByTimeAsync(60_000);
    const early = look.mock.calls.length;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(look.mock.calls.length - early).toBe(12);
    watch[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(look.mock.calls.length - early).toBe(12);
  });
});
