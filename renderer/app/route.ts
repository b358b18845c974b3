import { useSyncExternalStore } from 'react';

/** Pages in the order of the navigation. A later page adds its name here and its module in pages.tsx. */
export const PAGE_NAMES = [
  'home',
  'hardware',
  'sessions',
  'orchestrator',
  'fleet',
  'history',
  'logs',
  'repair',
  'settings',
  'about',
] as const;

/** Pages that other pages lead to; they have no place in the navigation. */
export const SIDE_PAGES = ['welcome', 'join'] as const;

/** A page of this document. */
export type PageName = (typeof PAGE_NAMES)[number] | (typeof SIDE_PAGES)[number];

/** The page of a fragment: `#/history`; empty is the first page, anything unknown is null. */
export function pageOf(fragment: string): PageName | null {
  const name = fragment.replace(/^#\/?/, '').split(/[/?&]/)[0] ?? '';
  if (name === '') return PAGE_NAMES[0];
  return [...PAGE_NAMES, ...SIDE_PAGES].find((page) => page === name) ?? null;
}

/** Address of a page within this document. */
export function hrefOf(page: PageName): string {
  return page === PAGE_NAMES[0] ? '#/' : `#/${page}`;
}

/** Goes to a page. */
export function goTo(page: PageName): void {
  location.hash = hrefOf(page);
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

/** The page that the address names; null when there is no such page. */
export function usePage(): PageName | null {
  return useSyncExternalStore(subscribe, () => pageOf(location.hash));
}
