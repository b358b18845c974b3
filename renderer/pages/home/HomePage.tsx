import { lazy, Suspense } from 'react';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useFirstRun } from '../../app/first-run.ts';
import { GpuStrip } from '../../components/hardware/GpuStrip.tsx';
import { SkeletonBlock } from '../../components/Skeleton.tsx';
import { SessionList } from '../../components/sessions/SessionList.tsx';
import { ProblemCards } from '../../components/status/ProblemCards.tsx';
import { StatusHero } from '../../components/status/StatusHero.tsx';
import { isPractice } from '../../model/status.ts';
import { isIdle } from '../../model/why-idle.ts';
import css from './HomePage.module.css';
import { Invitation } from './Invitation.tsx';
import { PracticeBanner } from './PracticeBanner.tsx';
import { TodayPanel } from './TodayPanel.tsx';
import { WhyIdle } from './WhyIdle.tsx';

const WorkChart = lazy(async () => ({ default: (await import('./WorkChart.tsx')).WorkChart }));

/** How this machine is doing, in one sentence, and the next thing to do if there is one. */
export function HomePage() {
  useFirstRun();
  const isNew = useSnapshot((snapshot) => snapshot.setup.state === 'new');
  const practice = useSnapshot(isPractice);
  const idle = useSnapshot(isIdle);
  return (
    <div className={css.page}>
      <StatusHero />
      <ProblemCards />
      {isNew ? <Invitation /> : practice ? <PracticeBanner /> : null}
      <div className={css.columns}>
        <div className={css.column}>
          {idle ? <WhyIdle /> : null}
          <TodayPanel />
          <Suspense fallback={<SkeletonBlock height={260} />}>
            <WorkChart />
          </Suspense>
        </div>
        <div className={css.column}>
          <GpuStrip />
          <SessionList />
        </div>
      </div>
    </div>
  );
}
