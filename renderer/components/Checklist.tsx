import type { WhyNoWorkItem } from '../../engine/api/orchestrator.ts';
import { useText } from '../text/text.tsx';
import css from './Checklist.module.css';
import { Icon } from './icons.tsx';

interface ChecklistProps {
  readonly items: readonly WhyNoWorkItem[];
  /** The words are the engine's, which are English; titles are in the page's language where it has them. */
  readonly fromEngine?: boolean;
}

/** Answers to "why no work?": what is in the way, what cannot be told from here, what is well; each with its mark and words. */
export function Checklist({ items, fromEngine = false }: ChecklistProps) {
  const text = useText();
  const lang = fromEngine ? 'en' : undefined;
  const known = (id: string) => (fromEngine ? text.engine.checks[id] : undefined);
  return (
    <ul className={css.list}>
      {items.map(({ id, ok, title, text: found, nextStep }) => (
        <li key={id} data-ok={ok === null ? 'unknown' : ok}>
          <span className={css.mark}>
            {ok === null ? <span aria-hidden="true">?</span> : <Icon name={ok ? 'check' : 'cross'} size={16} />}
          </span>
          <div className={css.words}>
            <h3>
              <span lang={known(id) ? undefined : lang}>{known(id) ?? title}</span>
              <span className="visually-hidden">
                : {ok === null ? text.orchestrator.notKnown : ok ? text.orchestrator.ok : text.orchestrator.notOk}
              </span>
            </h3>
            <p lang={lang}>{found}</p>
            {nextStep && ok !== true ? (
              <p>
                <strong>{text.nextStep}:</strong> <span lang={lang}>{nextStep}</span>
              </p>
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  );
}
