import { createStore, type StoreApi } from 'zustand/vanilla';
import type { DesktopBridge } from '../../engine/api/desktop.ts';
import { type Catalogue, en } from './en.ts';
import { createFormats, type Formats } from './formats.ts';
import {
  type ChosenLanguage,
  chooseLanguage,
  LANGUAGE_CHOICES,
  type LanguageChoice,
  type LanguageName,
  loadCatalogue,
} from './languages.ts';

const STORAGE_KEY = 'siphon.language';

/** How long the page waits for the shell to say which language was chosen, milliseconds. */
const ANSWER_MS = 1_000;

/** The language in use. */
export interface Language {
  readonly choice: LanguageChoice;
  readonly name: LanguageName;
  readonly text: Catalogue;
  readonly formats: Formats;
}

/** Follows the person's choice: of the desktop settings in the app, kept in the browser otherwise. */
export type LanguageStore = StoreApi<Language>;

/** English, before anything is known. */
export const FIRST_LANGUAGE: Language = { choice: 'system', name: 'en', text: en, formats: createFormats('en') };

/**
 * Makes the store, with the right language already loaded, so that the page never shows another one first. A language file
 * that cannot be loaded leaves the page in English.
 */
export async function createLanguageStore(bridge: DesktopBridge | undefined): Promise<LanguageStore> {
  const store = createStore<Language>(() => FIRST_LANGUAGE);
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), ANSWER_MS);
  });
  // Late, it still comes: by `onState`.
  const desktop = bridge && (await Promise.race([bridge.state().catch(() => undefined), late]));
  await apply(store, desktop?.settings.language ?? storedChoice());
  bridge?.onState(({ settings }) => {
    if (settings.language !== store.getState().choice) void apply(store, settings.language);
  });
  addEventListener('languagechange', () => void apply(store, store.getState().choice));
  return store;
}

/** Changes the language at once and remembers the choice. */
export async function setLanguage(
  store: LanguageStore,
  choice: LanguageChoice,
  bridge: DesktopBridge | undefined,
): Promise<void> {
  await apply(store, choice);
  if (bridge) {
    await bridge.run('settings', { language: choice });
    return;
  }
  try {
    localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

async function apply(store: LanguageStore, choice: LanguageChoice): Promise<void> {
  // Told at once, so that of two changes the later one wins whichever file comes first.
  store.setState({ choice });
  const chosen = chooseLanguage(choice, navigator.languages);
  const text = await loadCatalogue(chosen.name).catch(() => undefined);
  if (store.getState().choice !== choice) return;
  store.setState(text ? languageOf(choice, chosen, text) : { ...FIRST_LANGUAGE, choice });
}

function languageOf(choice: LanguageChoice, { name, locale }: ChosenLanguage, text: Catalogue): Language {
  return { choice, name, text, formats: createFormats(locale) };
}

function storedChoice(): LanguageChoice {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return LANGUAGE_CHOICES.find((choice) => choice === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
