import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { SecretConsent, useConsentNeeded } from '../../components/SecretConsent.tsx';
import { hostOf } from '../../model/names.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OwnOrchestratorForm.module.css';

/** Address and secret of an orchestrator elsewhere; what became of the connection is shown at once. */
export function OwnOrchestratorForm() {
  const text = useText().welcome.choice;
  const id = useId();
  const { client } = useEngine();
  const online = useOnline();
  const [visible, setVisible] = useState(false);
  const [sent, setSent] = useState(false);
  const needsConsent = useConsentNeeded();
  const address = useRef<HTMLInputElement>(null);
  // The button that opened the form is gone; what it opened goes on where it was.
  useEffect(() => address.current?.focus(), []);
  const join = useCommand(async (serviceUri: string, secret: string) => {
    await client.joinOrchestrator({ serviceUri, secret });
    setSent(true);
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setSent(false);
    join.run(String(data.get('uri') ?? ''), String(data.get('secret') ?? ''));
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <div className={css.field}>
        <label htmlFor={`${id}-uri`}>{text.serviceUri}</label>
        <input
          ref={address}
          id={`${id}-uri`}
          name="uri"
          required
          maxLength={300}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-uri-hint`}
        />
        <p id={`${id}-uri-hint`} className={page.soft}>
          {text.serviceUriHint}
        </p>
      </div>
      <div className={css.field}>
        <label htmlFor={`${id}-secret`}>{text.secret}</label>
        <input
          id={`${id}-secret`}
          name="secret"
          type={visible ? 'text' : 'password'}
          required
          maxLength={4096}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-secret-hint`}
        />
        <p id={`${id}-secret-hint`} className={page.soft}>
          {text.secretHint}
        </p>
        <label className={css.check}>
          <input type="checkbox" checked={visible} onChange={(event) => setVisible(event.target.checked)} />
          {text.showSecret}
        </label>
      </div>
      {needsConsent ? <SecretConsent /> : null}
      {join.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={join.error} />
        </p>
      ) : null}
      {sent ? <LinkState /> : null}
      <div className={page.tools}>
        <Button kind="primary" type="submit" isDisabled={!online || join.busy || needsConsent}>
          {text.ownAction}
        </Button>
        {sent ? <Button onPress={() => goTo('home')}>{text.goHome}</Button> : null}
      </div>
    </form>
  );
}

/** How the connection stands, in words. */
function LinkState() {
  const text = useText().welcome.choice;
  const link = useSnapshot((snapshot) => snapshot.link);
  if (!link) return null;
  const host = hostOf(link.serviceUri);
  const { error } = link;
  switch (link.state) {
    case 'registered':
      return <p role="status">{text.connected(host)}</p>;
    case 'connecting':
      return <p role="status">{text.connecting(host)}</p>;
    default:
      return (
        <div role="status" className={css.trouble}>
          <p>{link.state === 'refused' ? text.refused(host) : text.waiting(host)}</p>
          {error ? (
            <p>
              <ErrorWords error={error} />
            </p>
          ) : null}
        </div>
      );
  }
}
