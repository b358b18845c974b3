import { useStore } from 'zustand';
import type { DesktopState } from '../../../engine/api/desktop.ts';
import { setSingleKeys, singleKeysStore } from '../../app/shortcuts-store.ts';
import { useTheme } from '../../app/theme-context.ts';
import { showToast } from '../../components/toast-store.ts';
import { THEMES } from '../../store/theme-store.ts';
import { LANGUAGE_CHOICES, LANGUAGE_NAMES, type LanguageChoice } from '../../text/languages.ts';
import { useLanguageChoice, useText } from '../../text/text.tsx';
import { ChoiceControl, SwitchControl } from './controls.tsx';
import { Found, type FoundField } from './Found.tsx';
import { SettingRow } from './SettingRow.tsx';
import { useDesktopSave } from './useDesktopSave.ts';

/** Language, theme, keys; and in the app, how it starts and what closing its window does. */
export function GeneralFields({ desktop, search }: { desktop: DesktopState | null; search: string }) {
  const text = useText();
  const words = text.settings.general;
  const save = useDesktopSave();
  const { theme, onTheme } = useTheme();
  const [language, setLanguage] = useLanguageChoice();
  const singleKeys = useStore(singleKeysStore, (state) => state.on);
  const onOff = (on: boolean) => (on ? text.settings.on : text.settings.off);
  const languageName = (choice: LanguageChoice) => (choice === 'system' ? text.shell.language.system : LANGUAGE_NAMES[choice]);
  const fields: FoundField[] = [
    {
      id: 'language',
      words: `${text.shell.language.label} ${words.languageHelp} Sprache language`,
      row: (
        <SettingRow id="language" label={text.shell.language.label} help={words.languageHelp}>
          <ChoiceControl
            id="language"
            value={language}
            options={LANGUAGE_CHOICES.map((id) => ({ id, text: languageName(id) }))}
            onChange={(next) =>
              void setLanguage(next).catch((error: unknown) =>
                showToast({ text: error instanceof Error ? error.message : String(error), tone: 'problem', key: 'language' }),
              )
            }
          />
        </SettingRow>
      ),
    },
    {
      id: 'theme',
      words: `${text.theme.label} ${words.themeHelp}`,
      row: (
        <SettingRow id="theme" label={text.theme.label} help={words.themeHelp}>
          <ChoiceControl
            id="theme"
            value={theme}
            options={THEMES.map((id) => ({ id, text: text.theme[id] }))}
            onChange={onTheme}
          />
        </SettingRow>
      ),
    },
    {
      id: 'single-keys',
      words: `${words.singleKeys} ${words.singleKeysHelp}`,
      row: (
        <SettingRow id="single-keys" label={words.singleKeys} help={words.singleKeysHelp}>
          <SwitchControl id="single-keys" value={singleKeys} onChange={setSingleKeys} />
        </SettingRow>
      ),
    },
  ];
  if (desktop) {
    const { startAtLogin, closeToTray } = desktop.settings;
    fields.push(
      {
        id: 'start-at-login',
        words: `${words.startAtLogin} ${words.startAtLoginHelp}`,
        row: (
          <SettingRow id="start-at-login" label={words.startAtLogin} help={words.startAtLoginHelp}>
            <SwitchControl
              id="start-at-login"
              value={startAtLogin}
              onChange={(on) =>
                save({
                  label: words.startAtLogin,
                  patch: { startAtLogin: on },
                  said: onOff(on),
                  back: { startAtLogin },
                  backSaid: onOff(startAtLogin),
                })
              }
            />
          </SettingRow>
        ),
      },
      {
        id: 'close-to-tray',
        words: `${words.closeToTray} ${words.closeToTrayHelp}`,
        row: (
          <SettingRow
            id="close-to-tray"
            label={words.closeToTray}
            help={desktop.tray ? words.closeToTrayHelp : words.closeToTrayAbsent}
          >
            <SwitchControl
              id="close-to-tray"
              value={closeToTray && desktop.tray}
              isDisabled={!desktop.tray}
              onChange={(on) =>
                save({
                  label: words.closeToTray,
                  patch: { closeToTray: on },
                  said: onOff(on),
                  back: { closeToTray },
                  backSaid: onOff(closeToTray),
                })
              }
            />
          </SettingRow>
        ),
      },
    );
  }
  return <Found fields={fields} search={search} />;
}
