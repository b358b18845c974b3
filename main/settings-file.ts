import { type DesktopSettings, type DesktopSettingsPatch, DesktopSettingsSchema } from '../engine/api/desktop.ts';
import type { SettingsStore } from './desktop-context.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { Listeners } from './listeners.ts';

/** The shell's settings and, where their file could not be used, where it was put. */
export interface OpenedSettings {
  readonly store: SettingsStore;
  readonly setAside: string | undefined;
}

/** Opens desktop.json; a missing or broken file means the defaults. */
export function openSettingsFile(file: string, failed: (code: string) => string): OpenedSettings {
  const { value, setAside } = readJsonFile(file, DesktopSettingsSchema);
  let current: DesktopSettings = value ?? DesktopSettingsSchema.parse({});
  const listeners = new Listeners<DesktopSettings>();
  return {
    setAside,
    store: {
      get current() {
        return current;
      },
      async change(patch) {
        const next = DesktopSettingsSchema.parse(merge(current, patch));
        try {
          writeJsonFile(file, next);
        } catch (error) {
          throw new Error(failed((error as NodeJS.ErrnoException).code ?? String(error)));
        }
        current = next;
        listeners.tell(current);
        return current;
      },
      onChange: (listener) => listeners.add(listener),
    },
  };
}

function merge(settings: DesktopSettings, patch: DesktopSettingsPatch): unknown {
  const { updates, notifications, ...rest } = patch;
  return {
    ...settings,
    ...given(rest),
    updates: { ...settings.updates, ...given(updates ?? {}) },
    notifications: { ...settings.notifications, ...given(notifications ?? {}) },
  };
}

function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
