import type { ErrorInfo, Problem } from '../../engine/api/errors.ts';
import type { Catalogue } from './en.ts';
import { useText } from './text.tsx';

/** Words for showing, and their language when it is not the page's. */
export interface Words {
  readonly text: string;
  readonly lang?: 'en';
}

function inEnglish(text: string): Words {
  return { text, lang: 'en' };
}

/** A problem's title and next step in the page's language where it has words for them; its text is always the engine's. */
export function problemWords(problem: Problem, text: Catalogue): { readonly title: Words; readonly nextStep: Words } {
  const { problems, codes } = text.engine;
  const own = problems[problem.key.split(':')[0] ?? ''];
  const byCode = codes[problem.code];
  const title = own?.title ?? byCode?.title;
  const nextStep = own?.nextStep ?? byCode?.nextStep;
  return {
    title: title === undefined ? inEnglish(problem.title) : { text: title },
    nextStep: nextStep === undefined ? inEnglish(problem.nextStep) : { text: nextStep },
  };
}

/** What went wrong, in the engine's words, and the next step in the page's language where it has words for it. */
export function ErrorWords({ error }: { error: ErrorInfo }) {
  const text = useText();
  const words = text.engine.codes[error.code];
  return (
    <>
      {words ? `${words.title}. ` : null}
      <span lang="en">{error.message}</span>{' '}
      {words?.nextStep === undefined ? <span lang="en">{error.nextStep}</span> : words.nextStep}
    </>
  );
}
