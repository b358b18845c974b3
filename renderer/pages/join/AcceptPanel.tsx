import { type FormEvent, useEffect, useId, useState } from 'react';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import type { AcceptResult, ConnectionTest, JoinTarget } from '../../../engine/api/invite.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SecretConsent, useConsentNeeded } from '../../components/SecretConsent.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './join.module.css';

interface AcceptProps {
  readonly target: JoinTarget;
  readonly text: string;
  readonly secret: string;
  readonly test: ConnectionTest | null;
  readonly onJoined: (joined: AcceptResult) => void;
}

/** Where earnings go, and the one button that changes something. */
export function AcceptPanel({ target, text, secret, test, onJoined }: AcceptProps) {
  const id = useId();
  const words = useText().join;
  const online = useOnline();
  const { client } = useEngine();
  const [payout, setPayout] = useState('');
  const check = usePayoutCheck(payout);
  const accept = useCommand(async () => {
    const address = payout.trim();
    onJoined(
      await client.invites.accept({
        text,
        ...(target.kind === 'address' ? { secret } : {}),
        ...(address === '' ? {} : { payoutAddress: address }),
      }),
    );
  });
  const name = target.kind === 'invite' ? target.invite.operator : target.serviceUri;
  const isOnce = target.kind === 'invite' && target.invite.access === 'once';
  const wrong = check !== null && !check.ok;
  const needsConsent = useConsentNeeded();
  const ready = online && !accept.busy && !wrong && !needsConsent && (target.kind === 'invite' || secret !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) accept.run();
  };
  return (
    <Panel title={words.accept}>
      <form className={css.stack} onSubmit={submit}>
        <div className={css.field}>
          <label htmlFor={id}>{words.payout}</label>
          <input
            id={id}
            className={css.mono}
            value={payout}
            placeholder="0x…"
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={wrong}
            aria-describedby={`${id}-said`}
            onChange={(event) => setPayout(event.target.value)}
          />
          <div id={`${id}-said`} aria-live="polite">
            {check?.ok === false ? (
              <p className={page.error} lang="en">
                <ErrorWords error={check.error} />
              </p>
            ) : check?.ok ? (
              <p className={css.good}>{words.payoutOk}</p>
            ) : (
              <p className={page.soft}>{words.payoutHint}</p>
            )}
          </div>
        </div>
        <p>{words.acceptText(name)}</p>
        {test?.ok === true ? null : (
          <p className={page.soft}>{test?.ok !== false ? words.acceptFirst : isOnce ? words.acceptNeeds : words.acceptFailing}</p>
        )}
        {needsConsent ? <SecretConsent /> : null}
        {accept.error ? (
          <p className={page.error} role="alert" lang="en">
            <ErrorWords error={accept.error} />
          </p>
        ) : null}
        <Button kind="primary" type="submit" isDisabled={!ready}>
          {accept.busy ? words.accepting : words.accept}
        </Button>
      </form>
    </Panel>
  );
}

type Check = { readonly ok: true } | { readonly ok: false; readonly error: ErrorInfo };

/** What the engine says of a payout address, once typing has stopped; null = nothing yet. */
function usePayoutCheck(text: string): Check | null {
  const { client } = useEngine();
  const [found, setFound] = useState<{ text: string; check: Check } | null>(null);
  const wanted = text.trim();
  useEffect(() => {
    if (wanted === '') return;
    let current = true;
    const timer = setTimeout(() => {
      client.invites.checkPayoutAddress(wanted).then(
        (check) => current && setFound({ text: wanted, check }),
        // Not known now; accepting checks again.
        () => undefined,
      );
    }, 400);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted, client]);
  return wanted !== '' && found?.text === wanted ? found.check : null;
}
