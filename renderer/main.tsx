import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { engineAddress } from './api/engine-address.ts';
import { App } from './app/App.tsx';
import { startDesktopEngine, startEngine } from './app/start.ts';
import { createThemeStore } from './store/theme-store.ts';
import { createLanguageStore } from './text/language-store.ts';
import { LanguageProvider } from './text/text.tsx';
import './styles/tokens.css';
import './styles/base.css';

/** A function, not awaits at the top: the files of later pages and languages import this one, and would wait for it for ever. */
async function start(root: HTMLElement): Promise<void> {
  const theme = createThemeStore();
  const language = await createLanguageStore(window.siphon);
  const engine = window.siphon ? startDesktopEngine() : startEngine(await engineAddress());
  createRoot(root).render(
    <StrictMode>
      <LanguageProvider store={language}>
        <App engine={engine} theme={theme} />
      </LanguageProvider>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
void start(root);
