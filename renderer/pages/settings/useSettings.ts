import { useCallback, useEffect, useRef, useState } from 'react';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import type { SettingsView, SettingValue, SettingView } from '../../../engine/api/settings.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { showToast } from '../../components/toast-store.ts';
import { type SettingsByPath, settingForEngine, settingForUndo } from '../../model/settings.ts';
import { useText } from '../../text/text.tsx';

/** What the engine said about the last change of a setting. */
export interface SettingTrouble {
  readonly error: ErrorInfo;
  /** The change is in the file, but the engine goes on with the settings before. */
  readonly kept: boolean;
  /** Takes the change back; absent when nothing was changed. */
  readonly undo?: () => void;
}

/** The engine's settings, and how to change them. */
export interface SettingsForm {
  readonly settings: SettingsByPath | null;
  /** Path of the configuration file. */
  readonly file: string;
  readonly error: ErrorInfo | null;
  readonly saving: ReadonlySet<string>;
  readonly troubles: ReadonlyMap<string, SettingTrouble>;
  /** False while the engine cannot be reached. */
  readonly online: boolean;
  reload(): void;
  /** Saves one setting at once; undefined = back to the default. `say` puts a value into words for the message. */
  save(setting: SettingView, value: SettingValue | undefined, label: string, say: (value: SettingValue) => string): void;
}

const NOTHING: SettingsView = { settings: [], file: '' };

/** Reads the settings, again when they may have been changed elsewhere, and saves changes one by one. */
export function useSettings(): SettingsForm {
  const text = useText();
  const { client } = useEngine();
  const online = useOnline();
  const choices = useSnapshot((snapshot) => snapshot.choices);
  const [view, setView] = useState<SettingsView | null>(null);
  const [error, setError] = useState<ErrorInfo | null>(null);
  const [saving, setSaving] = useState<ReadonlySet<string>>(new Set());
  const [troubles, setTroubles] = useState<ReadonlyMap<string, SettingTrouble>>(new Map());
  const asked = useRef(0);

  const reload = useCallback(() => {
    asked.current += 1;
    const mine = asked.current;
    client.settings().then(
      (next) => {
        if (mine !== asked.current) return;
        setView(next);
        setError(null);
      },
      (problem: unknown) => {
        if (mine === asked.current) setError(errorInfoOf(problem));
      },
    );
  }, [client]);

  // Changed by the command line or another window: told by the choices, or seen when this window is looked at again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: new choices are a reason to read again
  useEffect(() => {
    if (!online) return;
    reload();
    addEventListener('focus', reload);
    return () => removeEventListener('focus', reload);
  }, [online, reload, choices]);

  const busy = (path: string, on: boolean) =>
    setSaving((now) => {
      const next = new Set(now);
      if (on) next.add(path);
      else next.delete(path);
      return next;
    });
  const trouble = (path: string, what: SettingTrouble | null) =>
    setTroubles((now) => {
      const next = new Map(now);
      if (what) next.set(path, what);
      else next.delete(path);
      return next;
    });

  const send = async (
    path: string,
    value: string | null,
    after: { readonly said: string; readonly undo?: () => void },
  ): Promise<void> => {
    busy(path, true);
    try {
      const result = await client.configure([{ path, value }]);
      if (result.error) {
        trouble(path, { error: result.error, kept: true, ...(after.undo ? { undo: after.undo } : {}) });
      } else {
        trouble(path, null);
        showToast({
          text: after.said,
          tone: 'done',
          key: `setting:${path}`,
          ...(after.undo ? { action: { label: text.settings.undo, run: after.undo } } : {}),
        });
      }
    } catch (problem) {
      trouble(path, { error: errorInfoOf(problem), kept: false });
    } finally {
      busy(path, false);
      reload();
    }
  };

  return {
    settings: view && new Map(view.settings.map((setting) => [setting.path, setting])),
    file: (view ?? NOTHING).file,
    error,
    saving,
    troubles,
    online,
    reload,
    save: (setting, value, label, say) => {
      const { path, inFile, standard } = setting;
      const undo = () => void send(path, settingForUndo(setting), { said: text.settings.undone(label, say(inFile)) });
      void send(path, value === undefined ? null : settingForEngine(value), {
        said: text.settings.saved(label, say(value === undefined ? standard : value)),
        undo,
      });
    },
  };
}
