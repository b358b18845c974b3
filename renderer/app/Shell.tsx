import { Suspense, useEffect, useMemo, useRef } from 'react';
import { EmptyState } from '../components/EmptyState.tsx';
import { Logo } from '../components/icons.tsx';
import { PageSkeleton } from '../components/Skeleton.tsx';
import { showsOrchestrator } from '../model/orchestrator.ts';
import type { Theme } from '../store/theme-store.ts';
import { useText } from '../text/text.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { useSnapshot } from './engine-context.tsx';
import { useMedia } from './hooks.ts';
import { MachineBar } from './MachineBar.tsx';
import { useMachines } from './machines.tsx';
import { Navigation } from './Navigation.tsx';
import { PAGES } from './pages.tsx';
import { CommandCenter } from './palette/CommandCenter.tsx';
import { hrefOf, PAGE_NAMES, usePage } from './route.ts';
import css from './Shell.module.css';
import { StatusAnnouncer } from './StatusAnnouncer.tsx';
import { ThemeMenu } from './ThemeMenu.tsx';

/** Navigation, and the page that the address names. */
export function Shell({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const text = useText();
  const page = usePage();
  // Another machine's page begins anew: nothing of the one before may stay on it.
  const { shownId } = useMachines();
  const orchestrates = useSnapshot(showsOrchestrator);
  const pages = useMemo(() => PAGE_NAMES.filter((name) => name !== 'orchestrator' || orchestrates), [orchestrates]);
  // In a narrow window this part scrolls by itself, so the keyboard must reach it.
  const narrow = useMedia('(max-width: 899px)');
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = page ? `${text.nav[page]} – ${text.appName}` : text.appName;
  }, [page, text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page change is what moves the reader; another language is not
  useEffect(() => {
    // A page change moves the reader to the new page, as a document load would; the first one is a document load.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
    main.current?.scrollTo(0, 0);
  }, [page]);
  const Page = page ? PAGES[page].component : null;
  return (
    <div className={css.shell}>
      <button className={css.skip} type="button" onClick={() => main.current?.focus()}>
        {text.skipToContent}
      </button>
      <header className={css.header}>
        <a className={css.brand} href={hrefOf('home')} aria-label={text.appName}>
          <Logo />
          <span className={css.name} aria-hidden="true">
            {text.appName}
          </span>
        </a>
        <div className={css.tools}>
          <CommandCenter pages={pages} />
          <ThemeMenu theme={theme} onTheme={onTheme} />
        </div>
      </header>
      <Navigation pages={pages} current={page} />
      <main ref={main} className={css.main} tabIndex={narrow ? 0 : -1}>
        <MachineBar />
        <ConnectionBanner />
        <ErrorBoundary key={`${page ?? 'none'} ${shownId ?? ''}`}>
          <Suspense fallback={<PageSkeleton label={text.loading} />}>
            {Page ? (
              <Page />
            ) : (
              <EmptyState heading title={text.notFound.title} text={text.notFound.text}>
                <a href={hrefOf('home')}>{text.notFound.back}</a>
              </EmptyState>
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
      <StatusAnnouncer />
    </div>
  );
}
