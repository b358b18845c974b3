import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { useText } from '../text/text.tsx';
import { Button } from './Button.tsx';
import { Icon } from './icons.tsx';
import css from './Toast.module.css';
import { actOnToast, dismissToast, staysForMs, type Toast, toastStore } from './toast-store.ts';

/** Id of the region, for the shortcut that moves the focus there. */
export const TOAST_REGION_ID = 'messages';

/**
 * Where messages appear: read out as they come, reachable by Tab and by F8, and never gone while the pointer or the focus is on
 * them. One per page.
 */
export function ToastRegion() {
  const text = useText();
  const toasts = useStore(toastStore, (state) => state.toasts);
  const region = useRef<HTMLElement>(null);
  const cameFrom = useRef<HTMLElement | null>(null);
  const held = useRef(false);
  const leave = () => {
    // The button with the focus goes; without this the keyboard would start over at the top of the page.
    requestAnimationFrame(() => {
      if (region.current?.contains(document.activeElement)) return;
      if (!held.current) return;
      held.current = false;
      const next = region.current?.querySelector<HTMLElement>('button') ?? cameFrom.current;
      if (next?.isConnected) next.focus();
      else document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
    });
  };
  return (
    <section
      ref={region}
      id={TOAST_REGION_ID}
      className={css.region}
      aria-label={text.shell.toasts.region}
      // Dialogs hide what is outside of them from screen readers, but never this.
      data-react-aria-top-layer="true"
      onFocus={(event) => {
        held.current = true;
        const from = event.relatedTarget;
        if (from instanceof HTMLElement && !region.current?.contains(from)) cameFrom.current = from;
      }}
      onBlur={(event) => {
        if (event.relatedTarget !== null) held.current = false;
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') cameFrom.current?.focus();
      }}
    >
      <ol className={css.list} aria-live="polite" aria-relevant="additions">
        {toasts.map((toast) => (
          <ToastItem key={toast.id} toast={toast} onLeave={leave} />
        ))}
      </ol>
    </section>
  );
}

function ToastItem({ toast, onLeave }: { toast: Toast; onLeave: () => void }) {
  const text = useText();
  const item = useRef<HTMLLIElement>(null);
  const { id } = toast;
  const ms = staysForMs(toast);
  useEffect(() => {
    if (ms === undefined) return;
    let left = ms;
    // Counted in steps, so that time with the pointer or the focus on it, or with the page hidden, does not count.
    const timer = setInterval(() => {
      const element = item.current;
      if (document.visibilityState !== 'visible' || element?.matches(':hover') || element?.contains(document.activeElement))
        return;
      left -= STEP_MS;
      if (left <= 0) dismissToast(id);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [id, ms]);
  return (
    <li ref={item} className={css.toast} data-tone={toast.tone}>
      <Icon name={toast.tone === 'done' ? 'check' : 'cross'} size={18} />
      <p lang={toast.lang}>{toast.text}</p>
      {toast.action ? (
        <Button
          kind="quiet"
          onPress={() => {
            actOnToast(id);
            onLeave();
          }}
        >
          {toast.action.label}
        </Button>
      ) : null}
      <Button
        kind="quiet"
        iconOnly
        aria-label={text.shell.toasts.dismiss}
        onPress={() => {
          dismissToast(id);
          onLeave();
        }}
      >
        <Icon name="close" size={16} />
      </Button>
    </li>
  );
}

const STEP_MS = 250;
