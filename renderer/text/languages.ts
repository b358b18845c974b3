import { type Catalogue, en } from './en.ts';

/** Languages of the page, by BCP 47 primary tag, each by its own name. */
export const LANGUAGE_NAMES = { en: 'English', de: 'Deutsch' } as const;
/** A language that there is a catalogue for. */
export type LanguageName = keyof typeof LANGUAGE_NAMES;

/** What a person may choose; `system` follows the order of languages that the system or browser is set to. */
export const LANGUAGE_CHOICES = ['system', 'en', 'de'] as const;
/** A choice of language. */
export type LanguageChoice = (typeof LANGUAGE_CHOICES)[number];

/** A language, and the full tag that numbers and dates follow: `de-AT`. */
export interface ChosenLanguage {
  readonly name: LanguageName;
  readonly locale: string;
}

function nameOf(locale: string): LanguageName | undefined {
  const primary = locale.toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(LANGUAGE_NAMES, primary) ? (primary as LanguageName) : undefined;
}

/**
 * The language for a choice and the languages that the system wants, likeliest first. A language that was chosen keeps the
 * region of the system's list where it is there.
 */
export function chooseLanguage(choice: LanguageChoice, wanted: readonly string[]): ChosenLanguage {
  for (const locale of wanted) {
    const name = nameOf(locale);
    if (name && (choice === 'system' || name === choice)) return { name, locale };
  }
  const name = choice === 'system' ? 'en' : choice;
  return { name, locale: name };
}

/** Loads a catalogue; every language but English is a file of its own. */
export async function loadCatalogue(name: LanguageName): Promise<Catalogue> {
  return name === 'en' ? en : (await import('./de.ts')).de;
}
