import { useEngineState, useSnapshot } from '../../app/engine-context.tsx';
import { useNow } from '../../app/hooks.ts';
import { describeStatus, type Status } from '../../model/status.ts';
import { PauseControl } from '../../pages/live/PauseControl.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import { ToneMark } from '../icons.tsx';
import css from './StatusHero.module.css';

/** The status in one sentence, with its shape and colour, and the one thing to do about it. */
export function StatusHero() {
  const text = useText();
  const formats = useFormats();
  const now = useNow();
  const snapshot = useSnapshot((state) => state);
  const offline = useEngineState((state) => state.connection.phase !== 'live');
  const known = describeStatus(snapshot, now, text, formats);
  const status: Status = offline ? { tone: 'connecting', sentence: known.sentence } : known;
  return (
    <header className={css.hero} data-tone={status.tone}>
      <span className={css.mark}>
        <ToneMark tone={status.tone} size={28} />
      </span>
      <div className={css.words}>
        <p className={css.tone}>{offline ? text.status.lastKnown : text.status.tone[status.tone]}</p>
        <h1 className={css.sentence}>{status.sentence}</h1>
        {status.detail ? <p className={css.detail}>{status.detail}</p> : null}
      </div>
      <PauseControl />
    </header>
  );
}
