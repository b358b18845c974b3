import { createStore, type StoreApi } from 'zustand/vanilla';

/** What a person may choose. */
export const THEMES = ['system', 'light', 'dark'] as const;
/** A choice of theme. */
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'siphon.theme';

/** The chosen theme; applied to the document and kept in this browser. */
export function createThemeStore(): StoreApi<{ readonly theme: Theme; readonly effective: 'light' | 'dark' }> {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const effectiveOf = (theme: Theme) => (theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme);
  const theme = storedTheme();
  const store = createStore(() => ({ theme, effective: effectiveOf(theme) }));
  const apply = () => {
    document.documentElement.dataset.theme = store.getState().effective;
  };
  apply();
  store.subscribe(apply);
  dark.addEventListener('change', () => store.setState(({ theme: chosen }) => ({ effective: effectiveOf(chosen) })));
  return store;
}

/** Changes the theme and remembers it. */
export function chooseTheme(store: ReturnType<typeof createThemeStore>, theme: Theme): void {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  store.setState({ theme, effective: theme === 'system' ? (dark ? 'dark' : 'light') : theme });
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
