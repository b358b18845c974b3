import { type ComponentType, lazy } from 'react';
import type { IconName } from '../components/icons.tsx';
import { HomePage } from '../pages/home/HomePage.tsx';
import type { PageName } from './route.ts';

/** Each page's component and icon. Only the first is part of the first load. */
export const PAGES: Readonly<Record<PageName, { readonly component: ComponentType; readonly icon: IconName }>> = {
  home: { component: HomePage, icon: 'home' },
  sessions: {
    component: lazy(async () => ({ default: (await import('../pages/live/SessionsPage.tsx')).SessionsPage })),
    icon: 'live',
  },
  welcome: {
    component: lazy(async () => ({ default: (await import('../pages/welcome/WelcomePage.tsx')).WelcomePage })),
    icon: 'arrow',
  },
  join: { component: lazy(async () => ({ default: (await import('../pages/join/JoinPage.tsx')).JoinPage })), icon: 'link' },
  hardware: {
    component: lazy(async () => ({ default: (await import('../pages/hardware/HardwarePage.tsx')).HardwarePage })),
    icon: 'hardware',
  },
  orchestrator: {
    component: lazy(async () => ({ default: (await import('../pages/orchestrator/OrchestratorPage.tsx')).OrchestratorPage })),
    icon: 'orchestrator',
  },
  fleet: {
    component: lazy(async () => ({ default: (await import('../pages/fleet/FleetPage.tsx')).FleetPage })),
    icon: 'fleet',
  },
  history: {
    component: lazy(async () => ({ default: (await import('../pages/history/HistoryPage.tsx')).HistoryPage })),
    icon: 'history',
  },
  logs: { component: lazy(async () => ({ default: (await import('../pages/logs/LogsPage.tsx')).LogsPage })), icon: 'logs' },
  repair: {
    component: lazy(async () => ({ default: (await import('../pages/repair/RepairPage.tsx')).RepairPage })),
    icon: 'repair',
  },
  settings: {
    component: lazy(async () => ({ default: (await import('../pages/settings/SettingsPage.tsx')).SettingsPage })),
    icon: 'settings',
  },
  about: { component: lazy(async () => ({ default: (await import('../pages/about/AboutPage.tsx')).AboutPage })), icon: 'about' },
};
