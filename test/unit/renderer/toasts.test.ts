import { beforeEach, describe, expect, test } from 'vitest';
import {
  actOnToast,
  dismissToast,
  MOST_TOASTS,
  showToast,
  staysForMs,
  toastStore,
} from '../../../renderer/components/toast-store.ts';

const texts = () => toastStore.getState().toasts.map(({ text }) => text);

describe('messages', () => {
  beforeEach(() => toastStore.setState({ toasts: [] }));

  test('a newer message with the same key takes the older one’s place', () => {
    showToast({ text: 'three', tone: 'done', key: 'capacity' });
    showToast({ text: 'other', tone: 'done' });
    showToast({ text: 'four', tone: 'done', key: 'capacity' });
    expect(texts()).toEqual(['other', 'four']);
  });

  test('only the newest few are kept', () => {
    for (let index = 0; index < MOST_TOASTS + 2; index += 1) showToast({ text: String(index), tone: 'done' });
    expect(texts()).toEqual(['2', '3', '4', '5']);
  });

  test('acting on a message takes it away first, so that the action may show another', () => {
    const id = showToast({
      text: 'saved',
      tone: 'done',
      action: { label: 'Undo', run: () => void showToast({ text: `undone over ${texts().length}`, tone: 'done' }) },
    });
    actOnToast(id);
    expect(texts()).toEqual(['undone over 0']);
    dismissToast(id);
    expect(texts()).toHaveLength(1);
  });

  test('a problem stays until it is closed; what can be undone stays longer than what cannot', () => {
    expect(staysForMs({ text: '', tone: 'problem' })).toBeUndefined();
    const plain = staysForMs({ text: '', tone: 'done' }) ?? 0;
    expect(staysForMs({ text: '', tone: 'done', action: { label: 'Undo', run: () => undefined } })).toBeGreaterThan(plain);
  });
});
