import { useEffect } from 'react';
import { useSnapshot } from './engine-context.tsx';
import { goTo } from './route.ts';

/** The first run is opened by itself once per window; whoever leaves it finds the invitation on the home page. */
let opened = false;

/** In the desktop app, opens the first run while nothing was chosen; in a browser the home page only invites to it. */
export function useFirstRun(): void {
  const isNew = useSnapshot((snapshot) => snapshot.setup.state === 'new');
  useEffect(() => {
    if (!isNew || opened || !window.siphon) return;
    opened = true;
    goTo('welcome');
  }, [isNew]);
}
