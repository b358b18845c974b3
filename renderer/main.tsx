import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { engineAddress } from './api/engine-address.ts';
import { App } from './app/App.tsx';
import { startEngine } from './app/start.ts';
import { createThemeStore } from './store/theme-store.ts';
import { createLanguageStore } from './text/language-store.ts';
import { LanguageProvider } from './text/text.tsx';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const theme = createThemeStore();
const [language, address] = await Promise.all([createLanguageStore(window.siphon), engineAddress()]);
const engine = startEngine(address);
createRoot(root).render(
  <StrictMode>
    <LanguageProvider store={language}>
      <App engine={engine} theme={theme} />
    </LanguageProvider>
  </StrictMode>,
);
