import { useSnapshot } from '../../app/engine-context.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { isIdle } from '../../model/orchestrator.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { AddressPanel } from './AddressPanel.tsx';
import { GatewaySessions } from './GatewaySessions.tsx';
import { InvitePanel } from './InvitePanel.tsx';
import css from './OrchestratorPage.module.css';
import { PricesPanel } from './PricesPanel.tsx';
import { TranscodersPanel } from './TranscodersPanel.tsx';
import { WhyPanel } from './WhyPanel.tsx';

/** This machine's own orchestrator: where it is, who sends work, who does it, what it asks for. */
export function OrchestratorPage() {
  const text = useText();
  const formats = useFormats();
  const view = useSnapshot((snapshot) => snapshot.orchestrator);
  if (!view)
    return (
      <div className={page.page}>
        <h1>{text.orchestrator.title}</h1>
        <EmptyState title={text.orchestrator.none} text={text.orchestrator.noneText} />
      </div>
    );
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.orchestrator.title}</h1>
        {view.onChain ? null : <span className={css.flag}>{text.orchestrator.offChain}</span>}
      </div>
      <p className={`${page.soft} ${css.lead}`}>
        {view.editable ? (view.onChain ? null : text.orchestrator.offChainText) : text.orchestrator.practiceNote}
      </p>
      <div className={css.columns}>
        <div className={css.column}>
          {view.editable && isIdle(view) ? <WhyPanel items={view.whyNoWork} /> : null}
          <GatewaySessions view={view} />
          <TranscodersPanel view={view} />
        </div>
        <div className={css.column}>
          <AddressPanel view={view} />
          {view.editable ? <InvitePanel /> : null}
          {view.editable ? <PricesPanel prices={view.prices} /> : null}
          {view.capabilities.length > 0 ? (
            <Panel title={text.orchestrator.capabilities}>
              <ul className={css.chips}>
                {view.capabilities.map((name) => (
                  <li key={name}>{name}</li>
                ))}
              </ul>
            </Panel>
          ) : null}
          {view.recentErrors.length > 0 ? (
            <Panel title={text.orchestrator.errors}>
              <ul className={css.errors}>
                {view.recentErrors.slice(0, 8).map((error) => (
                  <li key={error.text}>
                    <span lang="en">{error.text}</span>
                    <span className={`number ${page.soft}`}>
                      {formats.clockSeconds(error.atMs)}
                      {error.count > 1 ? `, ${text.orchestrator.times(formats.integer(error.count))}` : ''}
                    </span>
                  </li>
                ))}
              </ul>
            </Panel>
          ) : null}
        </div>
      </div>
    </div>
  );
}
