import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { useStore } from 'zustand';
import type { Catalogue } from './en.ts';
import type { Formats } from './formats.ts';
import { FIRST_LANGUAGE, type LanguageStore, setLanguage } from './language-store.ts';
import type { LanguageChoice } from './languages.ts';

const LanguageContext = createContext(FIRST_LANGUAGE);
const StoreContext = createContext<LanguageStore | null>(null);

/** Gives the page its language, also to the controls' own words. */
export function LanguageProvider({ store, children }: { store: LanguageStore; children: ReactNode }) {
  const language = useStore(store);
  const { locale } = language.formats;
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <StoreContext value={store}>
      <LanguageContext value={language}>
        <I18nProvider locale={locale}>{children}</I18nProvider>
      </LanguageContext>
    </StoreContext>
  );
}

/** The catalogue of the chosen language. */
export function useText(): Catalogue {
  return useContext(LanguageContext).text;
}

/** The formats of the chosen language. */
export function useFormats(): Formats {
  return useContext(LanguageContext).formats;
}

/** What the person chose, and how to change it. */
export function useLanguageChoice(): readonly [LanguageChoice, (choice: LanguageChoice) => Promise<void>] {
  const store = useContext(StoreContext);
  const { choice } = useContext(LanguageContext);
  return [choice, (next) => (store ? setLanguage(store, next, window.siphon) : Promise.resolve())];
}
