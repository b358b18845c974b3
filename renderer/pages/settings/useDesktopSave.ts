import type { DesktopSettingsPatch } from '../../../engine/api/desktop.ts';
import { showToast } from '../../components/toast-store.ts';
import { useText } from '../../text/text.tsx';

/** A change of the desktop settings with the words for it, and the change that takes it back. */
export interface DesktopChange {
  /** Of the setting, for messages. */
  readonly label: string;
  readonly patch: DesktopSettingsPatch;
  readonly said: string;
  readonly back: DesktopSettingsPatch;
  readonly backSaid: string;
}

/** How to save a change of the desktop settings at once, with a message that can take it back. */
export function useDesktopSave(): (change: DesktopChange) => void {
  const text = useText();
  return ({ label, patch, said, back, backSaid }) => {
    const bridge = window.siphon;
    if (!bridge) return;
    const key = `desktop:${label}`;
    const failed = (error: unknown) =>
      showToast({ text: `${label}: ${error instanceof Error ? error.message : String(error)}`, tone: 'problem', key });
    const undo = () =>
      void bridge
        .run('settings', back)
        .then(() => showToast({ text: text.settings.undone(label, backSaid), tone: 'done', key }), failed);
    bridge.run('settings', patch).then(
      () =>
        showToast({
          text: text.settings.saved(label, said),
          tone: 'done',
          key,
          action: { label: text.settings.undo, run: undo },
        }),
      failed,
    );
  };
}
