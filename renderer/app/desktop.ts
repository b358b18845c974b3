import { useEffect, useState } from 'react';
import type { DesktopState } from '../../engine/api/desktop.ts';

/** The desktop shell's state; null in a browser, and until it is known. */
export function useDesktop(): DesktopState | null {
  const [state, setState] = useState<DesktopState | null>(null);
  useEffect(() => {
    const bridge = window.siphon;
    if (!bridge) return;
    const stop = bridge.onState(setState);
    let current = true;
    bridge.state().then(
      (first) => {
        // A newer state may have come in the meantime.
        if (current) setState((known) => known ?? first);
      },
      () => undefined,
    );
    return () => {
      current = false;
      stop();
    };
  }, []);
  return state;
}
