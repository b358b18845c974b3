import { useStore } from 'zustand';
import { errorInfoOf } from '../../api/engine-client.ts';
import { actOnToast, showToast, toastStore } from '../../components/toast-store.ts';
import { diagnosticsText } from '../../model/diagnostics-text.ts';
import { fieldId } from '../../model/settings.ts';
import { THEMES } from '../../store/theme-store.ts';
import { LANGUAGE_CHOICES, LANGUAGE_NAMES } from '../../text/languages.ts';
import { useLanguageChoice, useText } from '../../text/text.tsx';
import { useEngine, useEngineState, useOnline, useSnapshot } from '../engine-context.tsx';
import { PAGES } from '../pages.tsx';
import { hrefOf, type PageName, SIDE_PAGES } from '../route.ts';
import { PAGE_KEYS } from '../shortcuts.ts';
import { useTheme } from '../theme-context.ts';
import type { Command } from './commands.ts';

/** The commands that are there on every page. */
export function useGlobalCommands(pages: readonly PageName[], onHelp: () => void): readonly Command[] {
  const text = useText();
  const words = text.shell.palette;
  const { client } = useEngine();
  const online = useOnline();
  const paused = useSnapshot((snapshot) => snapshot.run.state === 'paused' || snapshot.run.state === 'draining');
  const snapshot = useEngineState((state) => state.live.snapshot);
  const [language, setLanguage] = useLanguageChoice();
  const { theme, onTheme } = useTheme();
  const undoable = useStore(toastStore, ({ toasts }) => toasts.findLast((toast) => toast.action));
  const bridge = window.siphon;

  const tell = (action: Promise<unknown>, done: string) =>
    void action.then(
      () => showToast({ text: done, tone: 'done', key: 'run' }),
      (error: unknown) => showToast({ text: errorInfoOf(error).message, tone: 'problem', key: 'run', lang: 'en' }),
    );
  const desktop = (command: 'showDataFolder' | 'checkForUpdate' | 'quit') =>
    void bridge
      ?.run(command, undefined)
      .catch((error: unknown) => showToast({ text: errorInfoOf(error).message, tone: 'problem' }));

  const work: Command[] = !online
    ? []
    : paused
      ? [
          {
            id: 'resume',
            group: 'work',
            title: words.resume,
            words: words.words.resume,
            icon: 'play',
            run: () => tell(client.resume(), words.resumed),
          },
        ]
      : [
          {
            id: 'pause',
            group: 'work',
            title: words.pause,
            words: words.words.pause,
            icon: 'pause',
            run: () => tell(client.pause(undefined), words.paused),
          },
          {
            id: 'pause-hour',
            group: 'work',
            title: words.pauseHour,
            words: words.words.pause,
            icon: 'pause',
            run: () => tell(client.pause(3600_000), words.paused),
          },
        ];
  return [
    ...(undoable
      ? [
          {
            id: 'undo',
            group: 'here',
            title: `${words.undo}: ${undoable.text}`,
            icon: 'undo',
            run: () => actOnToast(undoable.id),
          } as const,
        ]
      : []),
    ...work,
    ...[...pages, ...SIDE_PAGES].map((page): Command => {
      const key = PAGE_KEYS[page];
      return {
        id: `page-${page}`,
        group: 'pages',
        title: words.goTo(text.nav[page]),
        words: `${words.words.pages} ${page}`,
        icon: PAGES[page].icon,
        ...(key === undefined ? {} : { keys: `G ${key.toUpperCase()}` }),
        run: () => {
          location.hash = hrefOf(page);
        },
      };
    }),
    ...THEMES.filter((name) => name !== theme).map(
      (name): Command => ({
        id: `theme-${name}`,
        group: 'appearance',
        title: words.theme(text.theme[name]),
        words: words.words.theme,
        icon: name === 'light' ? 'sun' : name === 'dark' ? 'moon' : 'system',
        run: () => onTheme(name),
      }),
    ),
    ...LANGUAGE_CHOICES.filter((name) => name !== language).map(
      (name): Command => ({
        id: `language-${name}`,
        group: 'appearance',
        title: text.shell.language.chosen(name === 'system' ? text.shell.language.system : LANGUAGE_NAMES[name]),
        words: words.words.language,
        icon: 'globe',
        run: () => void setLanguage(name).catch(() => undefined),
      }),
    ),
    ...Object.entries(text.settings.fields).map(
      ([path, { label, help }]): Command => ({
        id: `setting-${path}`,
        group: 'settings',
        title: words.setting(label),
        words: `${help} ${path}`,
        icon: 'settings',
        run: () => {
          location.hash = `${hrefOf('settings')}/${fieldId(path)}`;
        },
      }),
    ),
    {
      id: 'diagnostics',
      group: 'help',
      title: words.copyDiagnostics,
      words: words.words.diagnostics,
      icon: 'copy',
      run: () => {
        if (!snapshot) return;
        const copied =
          navigator.clipboard?.writeText(diagnosticsText(snapshot, navigator.userAgent)) ?? Promise.reject(new Error());
        copied.then(
          () => showToast({ text: words.copiedDiagnostics, tone: 'done' }),
          () => showToast({ text: words.copyFailed, tone: 'problem' }),
        );
      },
    },
    {
      id: 'shortcuts',
      group: 'help',
      title: words.shortcuts,
      words: words.words.shortcuts,
      icon: 'keyboard',
      keys: '?',
      run: onHelp,
    },
    ...(bridge
      ? (
          [
            ['showDataFolder', words.showDataFolder, words.words.folder, 'folder'],
            ['checkForUpdate', words.checkForUpdate, words.words.update, 'download'],
            ['quit', words.quit, words.words.quit, 'close'],
          ] as const
        ).map(([id, title, more, icon]): Command => ({ id, group: 'help', title, words: more, icon, run: () => desktop(id) }))
      : []),
  ];
}
