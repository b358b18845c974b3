import { useState } from 'react';
import type { PairingOffer, RemoteDevice, RemoteRights, RemoteView } from '../../../engine/api/fleet.ts';
import { useCommand, useNow } from '../../app/hooks.ts';
import { useHomeOnline, useHomeSnapshot, useMachines } from '../../app/machines.tsx';
import { Button } from '../../components/Button.tsx';
import { ToneMark } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { showToast } from '../../components/toast-store.ts';
import { asSentence } from '../../model/fleet.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { CopyText } from './CopyText.tsx';
import css from './fleet.module.css';

/** Whether other machines reach this one, which ones, and how to let one more in. */
export function RemotePanel() {
  const text = useText();
  const words = text.fleet.remote;
  const { home } = useMachines();
  const online = useHomeOnline();
  const view = useHomeSnapshot((snapshot) => ({ remote: snapshot.remote }))?.remote;
  const turn = useCommand(async (enabled: boolean) => {
    const { error } = await home.client.configure([{ path: 'remote.enabled', value: enabled }]);
    if (error) showToast({ text: error.message, tone: 'problem', lang: 'en' });
  });
  if (!view) return null;
  return (
    <Panel
      title={words.title}
      tools={
        <Button isDisabled={!online || turn.busy} onPress={() => turn.run(!view.enabled)}>
          {view.enabled ? words.switchOff : words.switchOn}
        </Button>
      }
    >
      <div className={css.stack}>
        <div>
          <p>
            {view.error
              ? `${words.failed} ${asSentence(view.error.message)} ${view.error.nextStep ?? ''}`
              : view.listening === null
                ? words.off
                : words.on(view.addresses[0] ?? view.listening)}
          </p>
          {view.enabled ? null : <p className={page.soft}>{words.offText}</p>}
        </div>
        {turn.error ? (
          <p className={page.error} role="alert">
            <ErrorWords error={turn.error} />
          </p>
        ) : null}
        {view.listening === null ? null : <Pairing view={view} />}
        {view.enabled ? <Devices devices={view.devices} /> : null}
      </div>
    </Panel>
  );
}

function Pairing({ view }: { view: RemoteView }) {
  const text = useText();
  const formats = useFormats();
  const words = text.fleet.remote;
  const now = useNow(1000);
  const online = useHomeOnline();
  const { client } = useMachines().home;
  const [rights, setRights] = useState<RemoteRights>('full');
  const [offer, setOffer] = useState<PairingOffer | null>(null);
  const open = useCommand(async () => setOffer(await client.pair(rights)));
  const end = useCommand(async () => {
    setOffer(null);
    await client.endPairing();
  });
  // The one that is open now may be another window's.
  const current = offer && view.pairing?.expiresAtMs === offer.expiresAtMs && now < offer.expiresAtMs ? view.pairing : null;
  if (offer && current)
    return (
      <div className={css.offer}>
        <div className={css.stack}>
          <h3>{words.link}</h3>
          <CopyText value={offer.link} label={words.link} />
        </div>
        <p className={page.soft}>{words.orType}</p>
        <dl className={css.type}>
          <div>
            <dt>{words.address}</dt>
            <dd className={css.big}>{view.addresses[0] ?? ''}</dd>
          </div>
          <div>
            <dt>{words.code}</dt>
            <dd className={css.big}>{offer.code}</dd>
          </div>
        </dl>
        <div className={page.tools}>
          <p className={page.soft}>{words.expires(formats.duration(offer.expiresAtMs - now), current.attemptsLeft, formats)}</p>
          <Button kind="quiet" onPress={() => end.run()}>
            {words.end}
          </Button>
        </div>
      </div>
    );
  return (
    <div className={css.stack}>
      {offer ? (
        <p role="status" className={page.soft}>
          {words.ended}
        </p>
      ) : null}
      <div className={page.tools}>
        <span className={page.soft}>{words.rights}</span>
        <Segmented
          label={words.rights}
          value={rights}
          options={(['full', 'read-only'] as const).map((id) => ({ id, text: words.rightsOf[id] }))}
          onChange={setRights}
        />
        <Button kind="primary" isDisabled={!online || open.busy} onPress={() => open.run()}>
          {words.pair}
        </Button>
      </div>
      {open.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={open.error} />
        </p>
      ) : null}
    </div>
  );
}

function Devices({ devices }: { devices: readonly RemoteDevice[] }) {
  const words = useText().fleet.remote;
  return (
    <div>
      <h3>{words.devices}</h3>
      {devices.length === 0 ? (
        <p className={page.soft}>{words.noDevices}</p>
      ) : (
        <ul className={css.devices}>
          {devices.map((device) => (
            <DeviceItem key={device.id} device={device} />
          ))}
        </ul>
      )}
    </div>
  );
}

function DeviceItem({ device }: { device: RemoteDevice }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(10_000);
  const words = text.fleet.remote;
  const { client } = useMachines().home;
  // A token cannot be given back, so this asks once more.
  const [sure, setSure] = useState(false);
  const revoke = useCommand(async () => {
    await client.revoke(device.id);
    showToast({ text: words.revoked(device.name), tone: 'done' });
  });
  const { name, connections, lastSeenAtMs, rights } = device;
  return (
    <li>
      <ToneMark tone={connections > 0 ? 'waiting' : 'stopped'} size={14} />
      <strong>{name}</strong>
      <span className={page.soft}>
        {words.rightsOf[rights]},{' '}
        {connections > 0 ? words.connected : lastSeenAtMs === null ? words.notSeen : words.seen(formats.ago(lastSeenAtMs, now))}
      </span>
      <span className={css.tools}>
        {sure ? (
          <>
            <Button isDisabled={revoke.busy} onPress={() => revoke.run()}>
              {words.revokeSure(name)}
            </Button>
            <Button kind="quiet" onPress={() => setSure(false)}>
              {words.keep}
            </Button>
          </>
        ) : (
          <Button kind="quiet" aria-label={words.revokeLabel(name)} onPress={() => setSure(true)}>
            {words.revoke}
          </Button>
        )}
      </span>
      {revoke.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={revoke.error} />
        </p>
      ) : null}
    </li>
  );
}
