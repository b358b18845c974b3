import { useStore } from 'zustand';
import { ConnectPage } from '../pages/connect/ConnectPage.tsx';
import type { Theme } from '../store/theme-store.ts';
import { chooseTheme, type createThemeStore } from '../store/theme-store.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { type Engine, EngineProvider, useEngineState } from './engine-context.tsx';
import { Shell } from './Shell.tsx';

interface AppProps {
  readonly engine: Engine;
  readonly theme: ReturnType<typeof createThemeStore>;
}

/** The whole page: the shell with a page once the engine's state is here, otherwise what keeps it from being here. */
export function App({ engine, theme }: AppProps) {
  const chosen = useStore(theme, (state) => state.theme);
  return (
    <ErrorBoundary>
      <EngineProvider value={engine}>
        <Content theme={chosen} onTheme={(next) => chooseTheme(theme, next)} />
      </EngineProvider>
    </ErrorBoundary>
  );
}

function Content({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const refused = useEngineState(({ connection }) => connection.phase === 'no-token' || connection.phase === 'unauthorized');
  const known = useEngineState(({ live }) => live.snapshot !== null);
  return known && !refused ? <Shell theme={theme} onTheme={onTheme} /> : <ConnectPage />;
}
