import { type FormEvent, useId, useState } from 'react';
import type { CreatedInvite, CreateInvite } from '../../../engine/api/invite.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { parseEther, parsePercent } from '../../model/join.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './InvitePanel.module.css';

const DAY_MS = 24 * 3600_000;

/** Milliseconds until an invite expires, by the choice's name. */
const EXPIRY = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, never: null } as const;
type Expiry = keyof typeof EXPIRY;

interface Form {
  readonly operator: string;
  readonly label: string;
  readonly access: 'once' | 'secret';
  readonly expires: Expiry;
  readonly terms: string;
  readonly commission: string;
  readonly minimum: string;
  readonly note: string;
}

const EMPTY: Form = {
  operator: '',
  label: '',
  access: 'once',
  expires: 'week',
  terms: '',
  commission: '',
  minimum: '',
  note: '',
};

/** What the form says, as the engine takes it; undefined while something is missing or wrong. */
function inputOf(form: Form): CreateInvite | undefined {
  const commissionPpm = form.commission.trim() === '' ? null : parsePercent(form.commission);
  const minimumPayoutWei = form.minimum.trim() === '' ? null : parseEther(form.minimum);
  if (form.operator.trim() === '' || commissionPpm === undefined || minimumPayoutWei === undefined) return undefined;
  return {
    operator: form.operator.trim(),
    once: form.access === 'once',
    expiresInMs: EXPIRY[form.expires],
    terms: { text: form.terms, commissionPpm, minimumPayoutWei, currency: 'ETH' },
    ...(form.label.trim() === '' ? {} : { label: form.label }),
    ...(form.note.trim() === '' ? {} : { note: form.note }),
  };
}

/** Makes an invite. */
export function InviteForm({ onMade, onClose }: { onMade: (made: CreatedInvite) => void; onClose: () => void }) {
  const words = useText().join.inviting;
  const online = useOnline();
  const { client } = useEngine();
  const [form, setForm] = useState(EMPTY);
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const make = useCommand(async (input: CreateInvite) => onMade(await client.invites.create(input)));
  const input = inputOf(form);
  const expiries: readonly Expiry[] = form.access === 'once' ? ['day', 'week', 'month'] : ['day', 'week', 'month', 'never'];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (input && online) make.run(input);
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <Field
        label={words.operator}
        hint={words.operatorHint}
        max={80}
        value={form.operator}
        onChange={(operator) => change({ operator })}
      />
      <Field label={words.label} hint={words.labelHint} max={80} value={form.label} onChange={(label) => change({ label })} />
      <div className={css.field}>
        <span className={css.legend}>{words.access}</span>
        <Segmented
          label={words.access}
          value={form.access}
          options={[
            { id: 'once', text: words.once },
            { id: 'secret', text: words.secret },
          ]}
          onChange={(access) =>
            change({ access, expires: access === 'once' && form.expires === 'never' ? 'week' : form.expires })
          }
        />
        <p className={page.soft}>{form.access === 'once' ? words.onceHint : words.secretHint}</p>
      </div>
      <div className={css.field}>
        <span className={css.legend}>{words.expires}</span>
        <Segmented
          label={words.expires}
          value={form.expires}
          options={expiries.map((id) => ({ id, text: words.expiry[id] }))}
          onChange={(expires) => change({ expires })}
        />
      </div>
      <Field label={words.terms} max={600} lines value={form.terms} onChange={(terms) => change({ terms })} />
      <div className={css.pair}>
        <Field
          label={words.commission}
          max={10}
          value={form.commission}
          fault={form.commission.trim() !== '' && parsePercent(form.commission) === undefined ? words.commissionWrong : undefined}
          onChange={(commission) => change({ commission })}
        />
        <Field
          label={words.minimum}
          max={30}
          value={form.minimum}
          fault={form.minimum.trim() !== '' && parseEther(form.minimum) === undefined ? words.minimumWrong : undefined}
          onChange={(minimum) => change({ minimum })}
        />
      </div>
      <Field label={words.note} max={300} value={form.note} onChange={(note) => change({ note })} />
      {make.error ? (
        <p className={page.error} role="alert" lang="en">
          <ErrorWords error={make.error} />
        </p>
      ) : null}
      <div className={page.tools}>
        <Button kind="primary" type="submit" isDisabled={!input || !online || make.busy}>
          {make.busy ? words.making : words.make}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly fault?: string | undefined;
  readonly max: number;
  readonly lines?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, hint, fault, max, lines = false, value, onChange }: FieldProps) {
  const id = useId();
  const said = fault ?? hint;
  const shared = {
    id,
    value,
    maxLength: max,
    autoComplete: 'off',
    'aria-invalid': fault !== undefined,
    'aria-describedby': said === undefined ? undefined : `${id}-said`,
  };
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      {lines ? (
        <textarea {...shared} rows={2} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...shared} onChange={(event) => onChange(event.target.value)} />
      )}
      {said === undefined ? null : (
        <p id={`${id}-said`} className={fault === undefined ? page.soft : page.error}>
          {said}
        </p>
      )}
    </div>
  );
}
