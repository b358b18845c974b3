import { useSnapshot } from '../../app/engine-context.tsx';
import { ProblemCards } from '../../components/status/ProblemCards.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { BundlePanel } from './BundlePanel.tsx';
import { DoctorPanel } from './DoctorPanel.tsx';

/** What stands in the way and how to mend it; every check on request; what somebody who helps needs. */
export function RepairPage() {
  const text = useText();
  const well = useSnapshot(({ problems }) => problems.every(({ severity }) => severity === 'info'));
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.repair.title}</h1>
        {well ? <p className={page.soft}>{text.repair.nothing}</p> : null}
      </div>
      <ProblemCards all />
      <DoctorPanel />
      <BundlePanel />
    </div>
  );
}
