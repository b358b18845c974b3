import { useSyncExternalStore } from 'react';

/** Pages in the order of the navigation. A later page adds its name here and its module in pages.tsx. */
export const PAGE_NAMES = ['live', 'orchestrator', 'hardware', 'history', 'logs', 'about'] as const;
/** A page of the navigation. */
export type PageName = (typeof PAGE_NAMES)[number];

/** The page of a fragment: `#/history`; empty is the first page, anything unknown is null. */
export function pageOf(fragment: string): PageName | null {
  const name = fragment.replace(/^#\/?/, '').split(/[/?&]/)[0] ?? '';
  if (name === '') return PAGE_NAMES[0];
  return PAGE_NAMES.find((page) => page === name) ?? null;
}

/** Address of a page within this document. */
export function hrefOf(page: PageName): string {
  return page === PAGE_NAMES[0] ? '#/' : `#/${page}`;
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

/** The page that the address names; null when there is no such page. */
export function usePage(): PageName | null {
  return useSyncExternalStore(subscribe, () => pageOf(location.hash));
}
