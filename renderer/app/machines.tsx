import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/shallow';
import type { RigView } from '../../engine/api/fleet.ts';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { EngineAddress } from '../api/engine-address.ts';
import { createEngineClient } from '../api/engine-client.ts';
import { rigEvent } from '../model/rig-snapshot.ts';
import { createEngineStore, followEngine } from '../store/engine-store.ts';
import { type Engine, EngineProvider } from './engine-context.tsx';

interface Machines {
  /** The engine that serves this page, whichever machine is shown. */
  readonly home: Engine;
  /** Id of the rig that is shown; null = this machine. */
  readonly shownId: string | null;
  show(id: string | null): void;
}

const MachinesContext = createContext<Machines | null>(null);

/** The machines: the page's own engine, and which one the pages show. */
export function useMachines(): Machines {
  const machines = useContext(MachinesContext);
  if (!machines) throw new Error('useMachines outside of MachinesProvider');
  return machines;
}

const NO_RIGS: readonly RigView[] = [];

/** The rigs of the page's own engine. */
export function useRigs(): readonly RigView[] {
  return useStore(useMachines().home.events.store, ({ live }) => live.snapshot?.fleet ?? NO_RIGS);
}

/** The rig that is shown; null = this machine. */
export function useShownRig(): RigView | null {
  const { shownId } = useMachines();
  const rigs = useRigs();
  return rigs.find(({ id }) => id === shownId) ?? null;
}

/** Part of the own engine's snapshot, whichever machine is shown; null before the first one. */
export function useHomeSnapshot<T>(select: (snapshot: EngineSnapshot) => T): T | null {
  return useStore(
    useMachines().home.events.store,
    useShallow(({ live }) => (live.snapshot ? select(live.snapshot) : null)),
  );
}

/** Whether commands reach the page's own engine now. */
export function useHomeOnline(): boolean {
  return useStore(useMachines().home.events.store, ({ connection }) => connection.phase === 'live');
}

/** Gives the pages the engine of the machine that is shown: the own one, or a rig's through it. */
export function MachinesProvider({ engine: home, children }: { engine: Engine; children: ReactNode }) {
  const [shown, setShown] = useState<RigEngine | null>(null);
  useEffect(() => () => shown?.stop(), [shown]);
  const show = useCallback((id: string | null) => setShown(id === null ? null : startRigEngine(home, id)), [home]);
  const shownId = shown?.id ?? null;
  const machines = useMemo(() => ({ home, shownId, show }), [home, shownId, show]);
  const isGone = useStore(
    home.events.store,
    ({ live }) => shownId !== null && live.snapshot !== null && !(live.snapshot.fleet ?? []).some(({ id }) => id === shownId),
  );
  // A rig that was removed is shown no more.
  useEffect(() => {
    if (isGone) setShown(null);
  }, [isGone]);
  return (
    <MachinesContext value={machines}>
      <EngineProvider value={shown ?? home}>{children}</EngineProvider>
    </MachinesContext>
  );
}

interface RigEngine extends Engine {
  readonly id: string;
  stop(): void;
}

/** Addresses of a rig below those of the engine that passes its connections on. */
export function rigAddress({ httpUrl, wsUrl, token }: EngineAddress, id: string): EngineAddress {
  const below = `rigs/${encodeURIComponent(id)}/`;
  return { httpUrl: `${httpUrl}${below}`, wsUrl: wsUrl.replace(/trpc$/, `${below}trpc`), token };
}

function startRigEngine(home: Engine, id: string): RigEngine {
  const events = createEngineStore((publish) => requestAnimationFrame(publish));
  const client = createEngineClient(() => rigAddress(home.address, id), events.push);
  const stop = followEngine({ watch: (onEvent, onEnd) => client.watch((event) => onEvent(rigEvent(event)), onEnd) }, events);
  return {
    id,
    get address() {
      return rigAddress(home.address, id);
    },
    client,
    events,
    stop: () => {
      stop();
      client.close();
    },
  };
}
