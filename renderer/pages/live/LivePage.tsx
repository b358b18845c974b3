import { lazy, Suspense } from 'react';
import { useSnapshot } from '../../app/engine-context.tsx';
import { NvencMeter } from '../../components/hardware/NvencMeter.tsx';
import { useText } from '../../text/text.tsx';
import { FlowPanel } from './FlowPanel.tsx';
import { GpuStrip } from './GpuStrip.tsx';
import css from './LivePage.module.css';
import { LiveSegments } from './LiveSegments.tsx';
import { ProblemCards } from './ProblemCards.tsx';
import { SessionList } from './SessionList.tsx';
import { StatusHero } from './StatusHero.tsx';

const ActivityCharts = lazy(async () => ({ default: (await import('./ActivityCharts.tsx')).ActivityCharts }));
const PlayerPanel = lazy(async () => ({ default: (await import('./player/PlayerPanel.tsx')).PlayerPanel }));

/** What the machine is doing now. */
export function LivePage() {
  const text = useText();
  const nvenc = useSnapshot((snapshot) => snapshot.hardware?.nvenc ?? null);
  return (
    <div className={css.page}>
      <StatusHero />
      <ProblemCards />
      <FlowPanel />
      <div className={css.columns}>
        <div className={css.column}>
          <LiveSegments />
        </div>
        <div className={css.column}>
          {nvenc ? <NvencMeter budget={nvenc} /> : null}
          <SessionList />
          <GpuStrip />
        </div>
      </div>
      <Suspense fallback={<p>{text.loading}</p>}>
        <ActivityCharts />
        <PlayerPanel />
      </Suspense>
    </div>
  );
}
