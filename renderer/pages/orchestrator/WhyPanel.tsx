import type { WhyNoWorkItem } from '../../../engine/api/orchestrator.ts';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { sortedReasons } from '../../model/orchestrator.ts';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OrchestratorPage.module.css';

/** The checklist for an orchestrator that no gateway sends work to: what is in the way comes first. */
export function WhyPanel({ items }: { items: readonly WhyNoWorkItem[] }) {
  const text = useText();
  return (
    <Panel title={text.orchestrator.why}>
      <p className={page.soft}>{items.length > 0 ? text.orchestrator.whyText : text.orchestrator.whyEmpty}</p>
      <ul className={css.reasons}>
        {sortedReasons(items).map(({ id, ok, title, text: found, nextStep }) => (
          <li key={id} data-ok={ok === null ? 'unknown' : ok}>
            <span className={css.mark}>
              {ok === null ? <span aria-hidden="true">?</span> : <Icon name={ok ? 'check' : 'cross'} size={16} />}
            </span>
            <div className={css.words}>
              <h3>
                {title}
                <span className="visually-hidden">
                  : {ok === null ? text.orchestrator.notKnown : ok ? text.orchestrator.ok : text.orchestrator.notOk}
                </span>
              </h3>
              <p>{found}</p>
              {nextStep && ok !== true ? (
                <p>
                  <strong>{text.nextStep}:</strong> {nextStep}
                </p>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
