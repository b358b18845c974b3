import { memo } from 'react';
import type { Problem } from '../../../engine/api/errors.ts';
import type { EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useNow } from '../../app/hooks.ts';
import { problemWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import { ToneMark } from '../icons.tsx';
import css from './ProblemCards.module.css';
import { ProblemFixes } from './ProblemFixes.tsx';

/** Problems that get a card: a mere note that is the hardware's verdict is told with the hardware. */
function cardsOf({ problems, hardware }: EngineSnapshot): readonly Problem[] {
  return problems.filter((problem) => problem.severity !== 'info' || problem.title !== hardware?.verdict.title);
}

/**
 * Standing problems: what happened and why, the next step, and what Siphon can do about it. Nothing at all when there is none. `all`: also
 * what is told elsewhere.
 */
export function ProblemCards({ all = false }: { all?: boolean }) {
  const text = useText();
  const problems = useSnapshot(all ? ({ problems }) => problems : cardsOf);
  if (problems.length === 0) return null;
  return (
    <section aria-label={text.problems.title}>
      <ul className={css.list}>
        {problems.map((problem) => (
          <ProblemCard key={problem.key} problem={problem} />
        ))}
      </ul>
    </section>
  );
}

const ProblemCard = memo(function ProblemCard({ problem }: { problem: Problem }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(10_000);
  const words = problemWords(problem, text);
  return (
    <li className={css.card} data-severity={problem.severity}>
      <ToneMark tone={problem.severity === 'info' ? 'waiting' : 'problem'} size={22} />
      <div className={css.words}>
        <h2>
          <span className="visually-hidden">{text.problems.severity[problem.severity]}: </span>
          <span lang={words.title.lang}>{words.title.text}</span>
        </h2>
        <p lang="en">{problem.text}</p>
        <p className={css.next}>
          <strong>{text.nextStep}:</strong> <span lang={words.nextStep.lang}>{words.nextStep.text}</span>
        </p>
        <ProblemFixes problem={problem} />
        <p className={css.since}>{text.problems.since(formats.ago(problem.sinceMs, now))}</p>
      </div>
    </li>
  );
});
