import { createContext, useContext } from 'react';
import type { Theme } from '../store/theme-store.ts';

/** The chosen theme, and how to choose another. */
export interface ThemeChoice {
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
}

const ThemeContext = createContext<ThemeChoice>({ theme: 'system', onTheme: () => undefined });

/** Gives the pages the choice of theme. */
export const ThemeProvider = ThemeContext;

/** The choice of theme. */
export function useTheme(): ThemeChoice {
  return useContext(ThemeContext);
}
