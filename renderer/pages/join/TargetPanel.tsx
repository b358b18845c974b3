import { useId } from 'react';
import type { InviteDetails, JoinTarget } from '../../../engine/api/invite.ts';
import { useNow } from '../../app/hooks.ts';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { etherText, shortPin } from '../../model/join.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './join.module.css';

interface TargetProps {
  readonly target: JoinTarget;
  readonly secret: string;
  readonly onSecret: (secret: string) => void;
}

/** What an invite says, or that an address says nothing. */
export function TargetPanel({ target, secret, onSecret }: TargetProps) {
  const words = useText().join;
  return (
    <Panel title={target.kind === 'invite' ? words.invite : words.address}>
      <div className={css.stack}>
        {target.kind === 'invite' ? (
          <Invite invite={target.invite} />
        ) : (
          <Address serviceUri={target.serviceUri} secret={secret} onSecret={onSecret} />
        )}
        {target.warnings.length > 0 ? (
          <div className={css.warnings}>
            <strong>{words.good}</strong>
            {target.warnings.map(({ id, text }) => (
              <p key={id} lang="en">
                {text}
              </p>
            ))}
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

function Invite({ invite }: { invite: InviteDetails }) {
  const words = useText().join;
  const formats = useFormats();
  const now = useNow(30_000);
  const { operator, serviceUris, pin, access, terms, note, madeAtMs, expiresAtMs } = invite;
  const [first = '', ...others] = serviceUris;
  const { commissionPpm, minimumPayoutWei, currency } = terms;
  const expires =
    expiresAtMs === null
      ? words.never
      : words.expiresIn(formats.dateTime(expiresAtMs), formats.duration(Math.max(0, expiresAtMs - now)));
  const facts: ReadonlyArray<readonly [string, string]> = [
    [words.facts.serviceUri, first],
    ...(others.length > 0 ? [[words.facts.others, others.join('\n')] as const] : []),
    [words.facts.keeps, commissionPpm === null ? words.notSaid : formats.share(commissionPpm / 1_000_000)],
    [
      words.facts.minimum,
      minimumPayoutWei === null ? words.notSaid : `${etherText(minimumPayoutWei, formats.point)} ${currency}`,
    ],
    ...(minimumPayoutWei === null ? [[words.facts.currency, currency] as const] : []),
    ...(terms.text ? [[words.facts.terms, terms.text] as const] : []),
    [words.facts.access, words.access[access]],
    [words.facts.made, formats.dateTime(madeAtMs)],
    [words.facts.expires, expires],
  ];
  return (
    <>
      <p className={css.operator}>{operator}</p>
      {note ? (
        <div className={css.quote}>
          <p>{words.note}</p>
          <p>{note}</p>
        </div>
      ) : null}
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>{words.facts.key}</dt>
          <dd className={css.mono} title={pin}>
            {shortPin(pin)}
          </dd>
        </div>
      </dl>
      <div className={css.seal}>
        <Icon name="check" />
        <p>
          <strong>{words.signed}</strong>
        </p>
        <p className={page.soft}>{words.signedText}</p>
      </div>
    </>
  );
}

function Address({ serviceUri, secret, onSecret }: { serviceUri: string; secret: string; onSecret: (secret: string) => void }) {
  const id = useId();
  const words = useText().join;
  return (
    <>
      <p className={css.operator}>{serviceUri}</p>
      <p className={page.soft}>{words.addressText}</p>
      <div className={css.field}>
        <label htmlFor={id}>{words.secret}</label>
        <input
          id={id}
          type="password"
          value={secret}
          maxLength={4096}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onSecret(event.target.value)}
        />
        <p id={`${id}-hint`} className={page.soft}>
          {words.secretHint}
        </p>
      </div>
    </>
  );
}
