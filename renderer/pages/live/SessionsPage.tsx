import { lazy, Suspense } from 'react';
import { useSnapshot } from '../../app/engine-context.tsx';
import { NvencMeter } from '../../components/hardware/NvencMeter.tsx';
import { SessionList } from '../../components/sessions/SessionList.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { FlowPanel } from './FlowPanel.tsx';
import { LiveSegments } from './LiveSegments.tsx';
import css from './SessionsPage.module.css';

const ActivityCharts = lazy(async () => ({ default: (await import('./ActivityCharts.tsx')).ActivityCharts }));
const PlayerPanel = lazy(async () => ({ default: (await import('./player/PlayerPanel.tsx')).PlayerPanel }));

/** The streams this machine works on, and their segments as they come. */
export function SessionsPage() {
  const text = useText();
  const nvenc = useSnapshot((snapshot) => snapshot.hardware?.nvenc ?? null);
  return (
    <div className={css.page}>
      <div className={page.head}>
        <h1>{text.sessions.page}</h1>
      </div>
      <FlowPanel />
      <div className={css.columns}>
        <div className={css.column}>
          <LiveSegments />
        </div>
        <div className={css.column}>
          {nvenc ? <NvencMeter budget={nvenc} /> : null}
          <SessionList />
        </div>
      </div>
      <Suspense fallback={<p>{text.loading}</p>}>
        <ActivityCharts />
        <PlayerPanel />
      </Suspense>
    </div>
  );
}
