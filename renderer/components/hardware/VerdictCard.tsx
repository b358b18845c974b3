import type { HardwareVerdict } from '../../../engine/api/hardware.ts';
import { verdictWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import { ToneMark } from '../icons.tsx';
import css from './VerdictCard.module.css';

/** The honest verdict on this machine, in plain words. */
export function VerdictCard({ verdict }: { verdict: HardwareVerdict }) {
  const text = useText();
  const cpu = verdict.kind === 'cpu';
  const words = verdictWords(verdict, text);
  return (
    <section className={css.card} data-kind={verdict.kind}>
      <ToneMark tone={cpu ? 'draining' : 'working'} size={26} />
      <div className={css.words}>
        <h2 lang={words.title.lang}>{words.title.text}</h2>
        <p lang="en">{verdict.text}</p>
        {verdict.error && verdict.error.message !== verdict.text ? <p lang="en">{verdict.error.message}</p> : null}
        {words.nextStep ? (
          <p>
            <strong>{text.nextStep}:</strong> <span lang={words.nextStep.lang}>{words.nextStep.text}</span>
          </p>
        ) : null}
        {cpu ? (
          <p className={css.flag}>
            <strong>{text.hardware.x264}</strong> {text.hardware.x264Text}
          </p>
        ) : null}
      </div>
    </section>
  );
}
