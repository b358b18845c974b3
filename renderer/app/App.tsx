import { useMemo } from 'react';
import { useStore } from 'zustand';
import { ToastRegion } from '../components/Toast.tsx';
import { ConnectPage } from '../pages/connect/ConnectPage.tsx';
import type { Theme } from '../store/theme-store.ts';
import { chooseTheme, type createThemeStore } from '../store/theme-store.ts';
import { useDesktopRequests } from './desktop-requests.ts';
import { EngineGate } from './EngineOverlay.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { type Engine, useEngineState } from './engine-context.tsx';
import { RigConnecting } from './MachineBar.tsx';
import { MachinesProvider, useMachines } from './machines.tsx';
import { Shell } from './Shell.tsx';
import { ThemeProvider } from './theme-context.ts';

interface AppProps {
  readonly engine: Engine;
  readonly theme: ReturnType<typeof createThemeStore>;
}

/** The whole page: the shell with a page once the engine's state is here, otherwise what keeps it from being here. */
export function App({ engine, theme }: AppProps) {
  const chosen = useStore(theme, (state) => state.theme);
  useDesktopRequests();
  const choice = useMemo(() => ({ theme: chosen, onTheme: (next: Theme) => chooseTheme(theme, next) }), [chosen, theme]);
  return (
    <ErrorBoundary>
      <MachinesProvider engine={engine}>
        <ThemeProvider value={choice}>
          <EngineGate>
            <Content theme={choice.theme} onTheme={choice.onTheme} />
          </EngineGate>
          <ToastRegion />
        </ThemeProvider>
      </MachinesProvider>
    </ErrorBoundary>
  );
}

function Content({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const refused = useEngineState(({ connection }) => connection.phase === 'no-token' || connection.phase === 'unauthorized');
  const known = useEngineState(({ live }) => live.snapshot !== null);
  const { shownId } = useMachines();
  if (known && !refused) return <Shell theme={theme} onTheme={onTheme} />;
  return shownId === null ? <ConnectPage /> : <RigConnecting />;
}
