import { type FormEvent, useId, useState } from 'react';
import type { FleetAdd } from '../../../engine/api/fleet.ts';
import { parsePairingText } from '../../../engine/api/pairing-text.ts';
import { useCommand } from '../../app/hooks.ts';
import { useHomeOnline, useMachines } from '../../app/machines.tsx';
import { Button } from '../../components/Button.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { showToast } from '../../components/toast-store.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { CopyText } from './CopyText.tsx';
import css from './fleet.module.css';

/** The usual port of Siphon's local API; beside it the tunnel's end here, so that both can run on one machine. */
const ENGINE_PORT = '17935';
const TUNNEL_PORT = '27935';

/** Where the token is on a rig that keeps everything at its usual place. */
const TOKEN_COMMAND = 'cat ~/.local/share/siphon/api-token';

interface Form {
  readonly kind: FleetAdd['kind'];
  readonly text: string;
  readonly address: string;
  readonly code: string;
  readonly target: string;
  readonly localPort: string;
  readonly enginePort: string;
  readonly token: string;
  readonly name: string;
}

const EMPTY: Form = {
  kind: 'link',
  text: '',
  address: '',
  code: '',
  target: '',
  localPort: TUNNEL_PORT,
  enginePort: ENGINE_PORT,
  token: '',
  name: '',
};

/** What the form says, as the engine takes it; undefined while something is missing. */
function inputOf(form: Form): FleetAdd | undefined {
  const name = form.name.trim() === '' ? {} : { name: form.name.trim() };
  switch (form.kind) {
    case 'link':
      return parsePairingText(form.text) ? { kind: 'link', text: form.text, ...name } : undefined;
    case 'code':
      return form.address.trim() === '' || form.code.trim() === ''
        ? undefined
        : { kind: 'code', address: form.address, code: form.code, ...name };
    case 'tunnel': {
      const ports = [form.localPort, form.enginePort].map(Number);
      const areGood = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536);
      return !areGood || form.token.trim().length < 8
        ? undefined
        : {
            kind: 'tunnel',
            address: `http://127.0.0.1:${form.localPort}`,
            enginePort: Number(form.enginePort),
            token: form.token,
            ...name,
          };
    }
  }
}

/** Adds a rig: by its pairing text, by address and code, or through an SSH tunnel. */
export function AddMachine({ link, onClose }: { link: string; onClose: () => void }) {
  const text = useText();
  const words = text.fleet.add;
  const { home } = useMachines();
  const online = useHomeOnline();
  const [form, setForm] = useState<Form>({ ...EMPTY, text: link });
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const input = inputOf(form);
  const add = useCommand(async (wanted: FleetAdd) => {
    const { name } = await home.client.addRig(wanted);
    showToast({ text: words.added(name), tone: 'done' });
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (input && online) add.run(input);
  };
  return (
    <Panel title={words.title}>
      <form className={css.form} onSubmit={submit}>
        <Segmented
          label={words.how}
          value={form.kind}
          options={(['link', 'code', 'tunnel'] as const).map((id) => ({ id, text: words.kinds[id] }))}
          onChange={(kind) => change({ kind })}
        />
        {form.kind === 'link' ? <LinkFields form={form} change={change} /> : null}
        {form.kind === 'code' ? <CodeFields form={form} change={change} /> : null}
        {form.kind === 'tunnel' ? <TunnelFields form={form} change={change} /> : null}
        <Field label={words.name} hint={words.nameHint} value={form.name} onChange={(name) => change({ name })} />
        {add.error ? (
          <p className={page.error} role="alert">
            <ErrorWords error={add.error} />
          </p>
        ) : null}
        <div className={page.tools}>
          <Button kind="primary" type="submit" isDisabled={!input || !online || add.busy}>
            {add.busy ? words.busy : form.kind === 'tunnel' ? words.submitTunnel : words.submit}
          </Button>
          <Button kind="quiet" onPress={onClose}>
            {words.cancel}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

interface FieldsProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
}

function LinkFields({ form, change }: FieldsProps) {
  const id = useId();
  const words = useText().fleet.add;
  const said = parsePairingText(form.text);
  const isWrong = form.text.trim() !== '' && !said;
  return (
    <div className={css.field}>
      <p className={page.soft}>{words.linkText}</p>
      <label htmlFor={id}>{words.link}</label>
      <textarea
        id={id}
        value={form.text}
        spellCheck={false}
        autoComplete="off"
        placeholder="siphon://pair?…"
        aria-invalid={isWrong}
        aria-describedby={`${id}-said`}
        onChange={(event) => change({ text: event.target.value })}
      />
      <p id={`${id}-said`} className={isWrong ? page.error : page.soft} aria-live="polite">
        {said ? words.linkFound(said.name, said.addresses[0] ?? '') : isWrong ? words.linkWrong : ''}
      </p>
    </div>
  );
}

function CodeFields({ form, change }: FieldsProps) {
  const words = useText().fleet.add;
  return (
    <>
      <p className={page.soft}>{words.codeText}</p>
      <div className={css.pair}>
        <Field label={words.address} hint={words.addressHint} value={form.address} onChange={(address) => change({ address })} />
        <Field label={words.code} hint={words.codeHint} value={form.code} mono onChange={(code) => change({ code })} />
      </div>
    </>
  );
}

function TunnelFields({ form, change }: FieldsProps) {
  const words = useText().fleet.add;
  const target = form.target.trim() === '' ? 'user@rig' : form.target.trim();
  return (
    <>
      <div className={css.pair}>
        <Field label={words.target} hint={words.targetHint} value={form.target} onChange={(next) => change({ target: next })} />
        <div className={css.pair}>
          <Field label={words.localPort} value={form.localPort} onChange={(localPort) => change({ localPort })} />
          <Field label={words.enginePort} value={form.enginePort} onChange={(enginePort) => change({ enginePort })} />
        </div>
      </div>
      <p className={page.soft}>{words.tunnelText}</p>
      <CopyText
        label={words.tunnelCommand}
        value={`ssh -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=15 -L 127.0.0.1:${form.localPort}:127.0.0.1:${form.enginePort} ${target}`}
      />
      <p className={page.soft}>{words.tokenText}</p>
      <CopyText label={words.tokenText} value={`ssh ${target} ${TOKEN_COMMAND}`} />
      <Field label={words.token} hint={words.tokenHint} value={form.token} secret onChange={(token) => change({ token })} />
    </>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly mono?: boolean;
  readonly secret?: boolean;
  readonly onChange: (value: string) => void;
}

function Field({ label, hint, value, mono = false, secret = false, onChange }: FieldProps) {
  const id = useId();
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={mono ? css.code : undefined}
        type={secret ? 'password' : 'text'}
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint ? (
        <p id={`${id}-hint`} className={page.soft}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
