import { useEffect } from 'react';
import { SETTING_GROUPS } from '../../model/settings.ts';

/** Scrolls to the group or field that the address names (`#/settings/updates`) and moves the focus there. */
export function useTarget(ready: boolean): void {
  useEffect(() => {
    if (!ready) return;
    const go = () => {
      const name = location.hash.split('/')[2] ?? '';
      if (name === '') return;
      const isGroup = SETTING_GROUPS.some((group) => group === name);
      const target = document.getElementById(isGroup ? `group-${name}` : name);
      if (!target) return;
      const row = isGroup ? target : (target.closest('[data-setting]') ?? target);
      row.scrollIntoView({ block: isGroup ? 'start' : 'center' });
      target.focus({ preventScroll: true });
    };
    // After the page has been drawn, and after the shell has moved the focus to it.
    const timer = setTimeout(go, 50);
    const changed = () => setTimeout(go, 50);
    addEventListener('hashchange', changed);
    return () => {
      clearTimeout(timer);
      removeEventListener('hashchange', changed);
    };
  }, [ready]);
}
