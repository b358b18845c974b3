import type { ErrorInfo, Problem } from '../../engine/api/errors.ts';
import type { HardwareVerdict } from '../../engine/api/hardware.ts';
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

/** The hardware's verdict: its title, and its next step where there is one. */
export function verdictWords(
  { kind, title, nextStep, error }: HardwareVerdict,
  text: Catalogue,
): { readonly title: Words; readonly nextStep: Words | undefined } {
  const byCode = error && text.engine.codes[error.code];
  const own = byCode?.title ?? (error ? undefined : text.engine.verdict[kind]);
  const step = byCode?.nextStep;
  return {
    title: own === undefined ? inEnglish(title) : { text: own },
    nextStep: nextStep === undefined ? undefined : step === undefined ? inEnglish(nextStep) : { text: step },
  };
}

/** What went wrong, in the engine's words, and the next step in the page's language where it has words for it. */
export function ErrorWords({ error }: { error: ErrorInfo }) {
  const text = useText();
  const words = text.engine.codes[error.code];
  return (
    <>
      {words ? `${words.title}. ` : null}
      <span lang="en">{/[.!?…]$/.test(error.message) ? error.message : `${error.message}.`}</span>{' '}
      {words?.nextStep === undefined ? <span lang="en">{error.nextStep}</span> : words.nextStep}
    </>
  );
}
