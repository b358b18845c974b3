import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/shallow';
import type { EngineSnapshot } from '../../engine/api/snapshot.ts';
import type { EngineAddress } from '../api/engine-address.ts';
import type { EngineClient } from '../api/engine-client.ts';
import type { EngineState, EngineStore } from '../store/engine-store.ts';

/** What the pages work with. */
export interface Engine {
  readonly address: EngineAddress;
  readonly client: EngineClient;
  readonly events: EngineStore;
}

const EngineContext = createContext<Engine | null>(null);

/** Gives the pages their engine. */
export const EngineProvider = EngineContext;

/** The engine of this page. */
export function useEngine(): Engine {
  const engine = useContext(EngineContext);
  if (!engine) throw new Error('useEngine outside of EngineProvider');
  return engine;
}

/** Part of the store's state; renders again only when the part is another object. */
export function useEngineState<T>(select: (state: EngineState) => T): T {
  return useStore(useEngine().events.store, select);
}

/** Part of the snapshot; pages are shown only once there is one. Shallow: a selector may pick several fields. */
export function useSnapshot<T>(select: (snapshot: EngineSnapshot) => T): T {
  return useStore(
    useEngine().events.store,
    useShallow((state: EngineState) => {
      if (!state.live.snapshot) throw new Error('useSnapshot before the first snapshot');
      return select(state.live.snapshot);
    }),
  );
}

/** Whether commands reach the engine now. */
export function useOnline(): boolean {
  return useEngineState((state) => state.connection.phase === 'live');
}
