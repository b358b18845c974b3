import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import { type Catalogue, en } from './en.ts';
import { createFormats, type Formats } from './formats.ts';

/** Languages there are, by BCP 47 primary tag. */
const CATALOGUES: Readonly<Record<string, Catalogue>> = { en };

interface Language {
  readonly text: Catalogue;
  readonly formats: Formats;
}

const LanguageContext = createContext<Language>({ text: en, formats: createFormats('en') });

/** Chooses the first of the wanted languages that has a catalogue; numbers and dates follow the full tag of that language. */
export function chooseLanguage(wanted: readonly string[]): { readonly locale: string; readonly text: Catalogue } {
  for (const locale of wanted) {
    const text = CATALOGUES[locale.split('-')[0] ?? ''];
    if (text) return { locale, text };
  }
  return { locale: 'en', text: en };
}

/** Gives the page its language. */
export function LanguageProvider({ wanted, children }: { wanted: readonly string[]; children: ReactNode }) {
  const language = useMemo(() => {
    const { locale, text } = chooseLanguage(wanted);
    return { text, formats: createFormats(locale) };
  }, [wanted]);
  useEffect(() => {
    document.documentElement.lang = language.formats.locale;
  }, [language]);
  return <LanguageContext value={language}>{children}</LanguageContext>;
}

/** The catalogue of the chosen language. */
export function useText(): Catalogue {
  return useContext(LanguageContext).text;
}

/** The formats of the chosen language. */
export function useFormats(): Formats {
  return useContext(LanguageContext).formats;
}
