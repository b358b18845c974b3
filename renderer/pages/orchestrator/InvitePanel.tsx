import { useEffect, useState } from 'react';
import type { CreatedInvite, InviteListing } from '../../../engine/api/invite.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { showToast } from '../../components/toast-store.ts';
import { shortAddress } from '../../model/names.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { InviteForm } from './InviteForm.tsx';
import css from './InvitePanel.module.css';

/** Invites made, at most so many shown. */
const SHOWN = 30;

/** How often the list is looked at while the page is open, milliseconds: an invite is used elsewhere. */
const LOOK_MS = 5_000;

/** Invites transcoders to this orchestrator, and says what became of the invites. */
export function InvitePanel() {
  const words = useText().join.inviting;
  const online = useOnline();
  const { client } = useEngine();
  const [list, setList] = useState<readonly InviteListing[] | null>(null);
  const [state, setState] = useState<'list' | 'form' | CreatedInvite>('list');
  const load = useCommand(async () => setList(await client.invites.list()));
  const revoke = useCommand(async (id: string) => {
    await client.invites.revoke(id);
    setList(await client.invites.list());
    showToast({ text: words.revoked, tone: 'done' });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest `load` is run, whichever it is
  useEffect(() => {
    if (!online) return;
    load.run();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') load.run();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [online]);
  const error = load.error ?? revoke.error;
  return (
    <Panel
      title={words.title}
      tools={
        state === 'list' ? (
          <Button isDisabled={!online} onPress={() => setState('form')}>
            {words.create}
          </Button>
        ) : null
      }
    >
      {state === 'form' ? (
        <InviteForm
          onMade={(made) => {
            setState(made);
            load.run();
          }}
          onClose={() => setState('list')}
        />
      ) : state === 'list' ? (
        <p className={page.soft}>{words.text}</p>
      ) : (
        <Made made={state} onClose={() => setState('list')} />
      )}
      {error ? (
        <p className={page.error} role="alert" lang="en">
          <ErrorWords error={error} />
        </p>
      ) : null}
      {list && state !== 'form' ? (
        <>
          <h3 className={css.subtitle}>{words.list}</h3>
          {list.length === 0 ? (
            <p className={page.soft}>{words.empty}</p>
          ) : (
            <ul className={css.list}>
              {list.slice(0, SHOWN).map((invite) => (
                <InviteItem
                  key={invite.id}
                  invite={invite}
                  busy={!online || revoke.busy}
                  onRevoke={() => revoke.run(invite.id)}
                />
              ))}
            </ul>
          )}
        </>
      ) : null}
    </Panel>
  );
}

function Made({ made, onClose }: { made: CreatedInvite; onClose: () => void }) {
  const words = useText().join.inviting;
  const [copied, setCopied] = useState(false);
  return (
    <div className={css.made}>
      <strong>{words.made}</strong>
      <p className={page.soft}>{words.madeText}</p>
      <textarea
        className={css.link}
        readOnly
        rows={4}
        value={made.link}
        aria-label={words.made}
        onFocus={(event) => event.target.select()}
      />
      {made.warnings.map(({ id, text }) => (
        <p key={id} className={css.warning} lang="en">
          {text}
        </p>
      ))}
      <div className={page.tools}>
        <Button
          kind="primary"
          onPress={() => {
            // Without a clipboard the link is there to be marked.
            navigator.clipboard?.writeText(made.link).then(
              () => setCopied(true),
              () => undefined,
            );
          }}
        >
          <Icon name={copied ? 'check' : 'copy'} size={16} /> {copied ? words.copied : words.copy}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {words.done}
        </Button>
      </div>
    </div>
  );
}

function InviteItem({ invite, busy, onRevoke }: { invite: InviteListing; busy: boolean; onRevoke: () => void }) {
  const words = useText().join.inviting;
  const formats = useFormats();
  const { label, access, state, expiresAtMs, used } = invite;
  const name = label ?? words.nobody;
  const facts = used
    ? [
        words.usedBy(used.from, formats.dateTime(used.atMs)),
        ...(used.payoutAddress === null ? [] : [words.paysTo(shortAddress(used.payoutAddress))]),
      ]
    : [expiresAtMs === null ? words.openForever : words.openUntil(formats.dateTime(expiresAtMs))];
  return (
    <li>
      <span className={css.name}>
        <strong>{name}</strong>
        <span className={css.state} data-state={state}>
          {words.states[state]}
        </span>
        {access === 'secret' ? <span className={page.soft}>{words.kinds.secret}</span> : null}
      </span>
      {state === 'open' && access === 'once' ? (
        <Button kind="quiet" aria-label={words.revokeLabel(name)} isDisabled={busy} onPress={onRevoke}>
          {words.revoke}
        </Button>
      ) : null}
      <p className={`number ${page.soft}`} title={used?.payoutAddress ?? undefined}>
        {facts.join(', ')}
      </p>
    </li>
  );
}
