import { useEffect, useId, useState } from 'react';
import { Switch } from 'react-aria-components/Switch';
import type { DeviceUse } from '../../../engine/api/availability.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import css from './DeviceControls.module.css';

const MAX_SESSIONS = 1000;

/** Switches one device off and on, and bounds its streams; both count at once. Says what happens on it meanwhile. */
export function DeviceControls({ device }: { device: DeviceUse }) {
  const words = useText().availability.device;
  const formats = useFormats();
  const { client } = useEngine();
  const online = useOnline();
  const section = device.id === 'cpu' ? 'cpu' : `gpus.${device.id}`;
  const save = useCommand(async (path: string, value: boolean | number | 'auto') => {
    const { error } = await client.configure([{ path: `${section}.${path}`, value: JSON.stringify(value) }]);
    if (error) throw Object.assign(new Error(error.message), { data: { info: error } });
  });
  const isCpu = device.id === 'cpu';
  const state = words.state[device.state];
  const shown = device.streams > 0 ? words.streams(state, device.streams, formats) : state;
  return (
    <div className={css.controls}>
      <div className={css.row}>
        <Switch
          className={css.switch ?? ''}
          isSelected={device.enabled}
          isDisabled={!online || save.busy}
          onChange={(on) => save.run('enabled', on)}
          aria-label={words.use(device.name)}
        >
          <span className={css.track} />
          <span aria-hidden="true">{device.enabled ? (isCpu ? words.allowed : words.on) : words.off}</span>
        </Switch>
        <SessionLimit device={device} isDisabled={!online || save.busy} onSave={(value) => save.run('sessions', value)} />
      </div>
      <p className={css.state} role="status" hidden={device.state === 'lost'}>
        {shown}
        {device.text ? (
          <>
            {' '}
            <span lang="en">{device.text}</span>
          </>
        ) : null}
      </p>
      {save.error ? (
        <p className={css.error} role="alert">
          <ErrorWords error={save.error} />
        </p>
      ) : null}
    </div>
  );
}

interface SessionLimitProps {
  readonly device: DeviceUse;
  readonly isDisabled: boolean;
  readonly onSave: (sessions: number | 'auto') => void;
}

/** The bound as a field: empty is as measured. Saved when it is left or Enter is pressed; Escape brings the old one back. */
function SessionLimit({ device, isDisabled, onSave }: SessionLimitProps) {
  const words = useText().availability.device;
  const id = useId();
  const saved = device.sessions === 'auto' ? '' : String(device.sessions);
  const [typed, setTyped] = useState(saved);
  useEffect(() => setTyped(saved), [saved]);
  const number = Number(typed);
  const valid = typed.trim() === '' || (Number.isInteger(number) && number >= 1 && number <= MAX_SESSIONS);
  const commit = () => {
    if (valid && typed.trim() !== saved) onSave(typed.trim() === '' ? 'auto' : number);
  };
  return (
    <span className={css.limit}>
      <label htmlFor={id}>
        <span aria-hidden="true">{words.sessions}</span>
        <span className="visually-hidden">{words.sessionsOf(device.name)}</span>
      </label>
      <input
        id={id}
        className="number"
        value={typed}
        placeholder={words.auto}
        disabled={isDisabled}
        inputMode="numeric"
        autoComplete="off"
        aria-invalid={!valid}
        aria-describedby={valid ? undefined : `${id}-wrong`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setTyped(saved);
        }}
      />
      {valid ? null : (
        <span id={`${id}-wrong`} className={css.error}>
          {words.wrong}
        </span>
      )}
    </span>
  );
}
