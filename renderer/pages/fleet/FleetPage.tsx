import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { summarise } from '../../../engine/api/rig-summary.ts';
import type { EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useNow, useThrottled } from '../../app/hooks.ts';
import { useHomeOnline, useHomeSnapshot, useMachines, useRigs } from '../../app/machines.tsx';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { showToast } from '../../components/toast-store.ts';
import { type Machine, machinesOf, runActionOf } from '../../model/fleet.ts';
import { pairingStore, takePairing } from '../../store/pairing-store.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { AddMachine } from './AddMachine.tsx';
import { FleetSummary } from './FleetSummary.tsx';
import css from './fleet.module.css';
import { MachineCard } from './MachineCard.tsx';
import { RemotePanel } from './RemotePanel.tsx';

const whole = (snapshot: EngineSnapshot) => ({ snapshot });

/** This machine and every rig it watches; whichever machine the other pages show, this one is always about the page's own. */
export function FleetPage() {
  const text = useText();
  const words = text.fleet;
  const rigs = useRigs();
  const online = useHomeOnline();
  const snapshot = useThrottled(useHomeSnapshot(whole)?.snapshot, 1000);
  const now = useNow(1000);
  // A link that was opened fills the form; pairing is still the person's to say.
  const link = useStore(pairingStore, ({ text: opened }) => opened);
  const [adding, setAdding] = useState<string | null>(null);
  useEffect(() => {
    if (link === null) return;
    setAdding(link);
    takePairing();
  }, [link]);
  const machines = useMemo(
    () => (snapshot ? machinesOf(summarise(snapshot), online, rigs, snapshot.remote?.name ?? text.fleet.thisMachine) : []),
    [snapshot, online, rigs, text],
  );
  const version = snapshot?.engine.version ?? '';
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{words.title}</h1>
        <div className={page.tools}>
          {rigs.length > 0 ? <AllButtons machines={machines} /> : null}
          {adding !== null ? null : (
            <Button kind="primary" isDisabled={!online} onPress={() => setAdding('')}>
              {words.add.open}
            </Button>
          )}
        </div>
      </div>
      <p className={css.lead}>{words.lead}</p>
      {adding === null ? null : <AddMachine key={adding} link={adding} onClose={() => setAdding(null)} />}
      {rigs.length > 0 ? <FleetSummary machines={machines} /> : null}
      <ul className={css.machines}>
        {machines.map((machine) => (
          <MachineCard key={machine.id ?? 'here'} machine={machine} now={now} version={version} />
        ))}
      </ul>
      {rigs.length === 0 && adding === null ? (
        <div className={css.card}>
          <EmptyState title={words.empty.title} text={words.empty.text}>
            <pre className={css.command}>{words.empty.commands}</pre>
          </EmptyState>
        </div>
      ) : null}
      <RemotePanel />
    </div>
  );
}

/** Pause or resume every machine that is reached and may be steered. */
function AllButtons({ machines }: { machines: readonly Machine[] }) {
  const text = useText();
  const formats = useFormats();
  const { home } = useMachines();
  const words = text.fleet.actions;
  const [busy, setBusy] = useState(false);
  const run = async (action: 'pause' | 'resume') => {
    const affected = machines.filter((machine) => runActionOf(machine) === action);
    const ids = affected.flatMap(({ id }) => id ?? []);
    const { client } = home;
    setBusy(true);
    try {
      if (affected.some(({ id }) => id === null)) await (action === 'pause' ? client.pause(undefined) : client.resume());
      const { failed } =
        ids.length === 0 ? { failed: [] } : await (action === 'pause' ? client.pauseRigs(ids) : client.resumeRigs(ids));
      for (const { id, error } of failed) {
        const name = machines.find((machine) => machine.id === id)?.name ?? id;
        showToast({ text: words.failed(name, error.message), tone: 'problem', key: `fleet-${id}` });
      }
      const done = affected.length - failed.length;
      if (done > 0) showToast({ text: words[action === 'pause' ? 'pausing' : 'resumed'](done, formats), tone: 'done' });
    } catch (error) {
      showToast({ text: errorInfoOf(error).message, tone: 'problem' });
    } finally {
      setBusy(false);
    }
  };
  const can = (action: 'pause' | 'resume') => machines.some((machine) => runActionOf(machine) === action);
  return (
    <>
      {can('pause') ? (
        <Button isDisabled={busy} onPress={() => void run('pause')}>
          {words.pauseAll}
        </Button>
      ) : null}
      {can('resume') ? (
        <Button isDisabled={busy} onPress={() => void run('resume')}>
          {words.resumeAll}
        </Button>
      ) : null}
    </>
  );
}
