import { lazy, Suspense, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { TOAST_REGION_ID } from '../../components/Toast.tsx';
import { useText } from '../../text/text.tsx';
import { hrefOf, type PageName } from '../route.ts';
import { isTyping, type ShortcutAction, Shortcuts } from '../shortcuts.ts';
import { singleKeysStore } from '../shortcuts-store.ts';
import { isMac } from './command-key.ts';

const Palette = lazy(async () => ({ default: (await import('./Palette.tsx')).Palette }));
const ShortcutSheet = lazy(async () => ({ default: (await import('./ShortcutSheet.tsx')).ShortcutSheet }));

/** The button for the commands, and every keyboard shortcut; the dialogs are loaded when they are first opened. */
export function CommandCenter({ pages }: { pages: readonly PageName[] }) {
  const text = useText();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const singleKeys = useStore(singleKeysStore, (state) => state.on);
  useEffect(() => {
    const shortcuts = new Shortcuts();
    const act = (action: ShortcutAction) => {
      if (action.kind === 'palette') setOpen((now) => (now === 'palette' ? null : 'palette'));
      else if (action.kind === 'help') setOpen('help');
      else if (action.kind === 'page') location.hash = hrefOf(action.page);
      else if (action.kind === 'settings') location.hash = hrefOf('settings');
      else if (action.kind === 'search') document.querySelector<HTMLInputElement>('main input[type="search"]')?.focus();
      else document.getElementById(TOAST_REGION_ID)?.querySelector<HTMLElement>('button')?.focus();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || event.isComposing) return;
      const press = {
        key: event.key,
        command: isMac() ? event.metaKey : event.ctrlKey,
        alt: event.altKey || (isMac() ? event.ctrlKey : event.metaKey),
        typing: isTyping(event.target),
      };
      const action = shortcuts.press(press, event.timeStamp, pages, singleKeys);
      // While another dialog is open, only what opens or closes the palette may act.
      if (!action || (action.kind !== 'palette' && document.querySelector('[role="dialog"]'))) return;
      event.preventDefault();
      act(action);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [pages, singleKeys]);
  const close = () => setOpen(null);
  return (
    <>
      <Button kind="quiet" iconOnly aria-label={text.shell.palette.open} onPress={() => setOpen('palette')}>
        <Icon name="search" />
      </Button>
      <Suspense fallback={null}>
        {open === 'palette' ? <Palette pages={pages} onHelp={() => setOpen('help')} onClose={close} /> : null}
        {open === 'help' ? <ShortcutSheet pages={pages} onClose={close} /> : null}
      </Suspense>
    </>
  );
}
