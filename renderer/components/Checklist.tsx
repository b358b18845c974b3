import type { WhyNoWorkItem } from '../../engine/api/orchestrator.ts';
import { useText } from '../text/text.tsx';
import css from './Checklist.module.css';
import { Icon } from './icons.tsx';

/** Answers to "why no work?": what is in the way, what cannot be told from here, what is well; each with its mark and words. */
export function Checklist({ items }: { items: readonly WhyNoWorkItem[] }) {
  const text = useText();
  return (
    <ul className={css.list}>
      {items.map(({ id, ok, title, text: found, nextStep }) => (
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
  );
}
