import { type FormEvent, useId, useState } from 'react';
import { tokenFromPaste } from '../../api/engine-address.ts';
import { RetryIn } from '../../app/ConnectionBanner.tsx';
import { useEngineState } from '../../app/engine-context.tsx';
import { restartWithToken } from '../../app/start.ts';
import { Button } from '../../components/Button.tsx';
import { Logo } from '../../components/icons.tsx';
import { PageSkeleton } from '../../components/Skeleton.tsx';
import { useText } from '../../text/text.tsx';
import css from './ConnectPage.module.css';

/** What is shown before the engine's state is here: connecting, not answering, or not allowed in. */
export function ConnectPage() {
  const { phase, retryAtMs } = useEngineState((state) => state.connection);
  const text = useText();
  if (phase === 'connecting' || phase === 'live') return <Waiting />;
  const { title, detail } = {
    lost: { title: text.connection.stillTrying, detail: text.connection.stillTryingText },
    'no-token': { title: text.connection.noToken, detail: text.connection.noTokenText },
    unauthorized: { title: text.connection.unauthorized, detail: text.connection.unauthorizedText },
  }[phase];
  return (
    <main className={css.page}>
      <div className={css.card}>
        <Logo size={48} />
        <h1 aria-live="polite">{title}</h1>
        {detail ? <p className={css.detail}>{detail}</p> : null}
        {phase === 'lost' ? (
          <p className={css.retry}>
            <RetryIn atMs={retryAtMs} />
          </p>
        ) : null}
        {phase === 'no-token' || phase === 'unauthorized' ? <GetIn /> : null}
      </div>
    </main>
  );
}

/** The page's shape until the engine's state is here. */
function Waiting() {
  const text = useText();
  return (
    <main className={css.waiting}>
      <PageSkeleton label={text.connection.connecting} />
    </main>
  );
}

function GetIn() {
  const text = useText();
  const id = useId();
  const [wrong, setWrong] = useState(false);
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = tokenFromPaste(String(new FormData(event.currentTarget).get('link') ?? ''));
    if (token === null) setWrong(true);
    else restartWithToken(token);
  };
  return (
    <>
      <h2>{text.connection.howTo}</h2>
      <p className={css.detail}>{text.connection.howToText}</p>
      <pre className={css.command}>{text.connection.howToCommand}</pre>
      <form className={css.form} onSubmit={open}>
        <label htmlFor={id}>{text.connection.paste}</label>
        <div className={css.row}>
          <input
            id={id}
            name="link"
            autoComplete="off"
            spellCheck={false}
            aria-invalid={wrong}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            onChange={() => setWrong(false)}
          />
          <Button kind="primary" type="submit">
            {text.connection.open}
          </Button>
        </div>
        {wrong ? (
          <p id={`${id}-wrong`} className={css.wrong} role="alert">
            {text.connection.pasteWrong}
          </p>
        ) : null}
      </form>
    </>
  );
}
