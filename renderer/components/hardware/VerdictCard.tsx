import type { HardwareVerdict } from '../../../engine/api/hardware.ts';
import { useText } from '../../text/text.tsx';
import { ToneMark } from '../icons.tsx';
import css from './VerdictCard.module.css';

/** The honest verdict on this machine, in plain words. */
export function VerdictCard({ verdict }: { verdict: HardwareVerdict }) {
  const text = useText();
  const cpu = verdict.kind === 'cpu';
  return (
    <section className={css.card} data-kind={verdict.kind}>
      <ToneMark tone={cpu ? 'draining' : 'working'} size={26} />
      <div className={css.words}>
        <h2>{verdict.title}</h2>
        <p>{verdict.text}</p>
        {verdict.error && verdict.error.message !== verdict.text ? <p>{verdict.error.message}</p> : null}
        {verdict.nextStep ? (
          <p>
            <strong>{text.nextStep}:</strong> {verdict.nextStep}
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
