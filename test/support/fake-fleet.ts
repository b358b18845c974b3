import type { FleetApi, RemoteApi, RigView } from '../../engine/api/fleet.ts';
import { FLEET_VIEW_MS } from '../../engine/api/fleet.ts';
import { type RigSummary, summarise } from '../../engine/api/rig-summary.ts';
import type { EngineSnapshot, EngineUpdate } from '../../engine/api/snapshot.ts';

/** What a fake fleet changes of the engine it belongs to. */
export interface FakeFleetParameters {
  readonly snapshot: () => EngineSnapshot;
  readonly emit: (change: Omit<EngineUpdate, 'seq'>) => void;
}

/** The commands about other machines, played. */
export function fakeMachines({ snapshot, emit }: FakeFleetParameters): {
  readonly remote: RemoteApi;
  readonly fleet: FleetApi;
  summary(signal: AbortSignal): AsyncIterable<RigSummary>;
} {
  const removed = new Map<string, RigView>();
  const change = (ids: readonly string[], to: (rig: RigView) => RigView): void =>
    emit({ fleet: snapshot().fleet.map((rig) => (ids.includes(rig.id) ? to(rig) : rig)) });
  const run =
    (state: string) =>
    async ({ ids }: { readonly ids: readonly string[] }) => {
      change(ids, (rig) =>
        rig.state === 'live' && rig.summary ? { ...rig, summary: { ...rig.summary, run: { state, reason: 'user' } } } : rig,
      );
      return { failed: [] };
    };
  return {
    remote: {
      pair: async ({ rights }) => ({
        link: `siphon://pair?v=1&n=fake&h=192.168.1.20%3A17936&p=${'A'.repeat(43)}&c=${'B'.repeat(27)}`,
        code: 'K7QM-2XW9',
        rights,
        expiresAtMs: Date.now() + 600_000,
      }),
      endPairing: async () => {},
      revoke: async () => {},
    },
    fleet: {
      add: async () => ({ id: 'new', name: 'new' }),
      rename: async ({ id, name }) => change([id], (rig) => ({ ...rig, name })),
      remove: async ({ id }) => {
        const { fleet } = snapshot();
        for (const rig of fleet) if (rig.id === id) removed.set(id, rig);
        emit({ fleet: fleet.filter((rig) => rig.id !== id) });
      },
      restore: async ({ id }) => {
        const rig = removed.get(id);
        if (rig) emit({ fleet: [...snapshot().fleet, rig] });
      },
      pause: run('paused'),
      resume: run('running'),
    },
    async *summary(signal) {
      while (!signal.aborted) {
        yield summarise(snapshot());
        await new Promise((resolve) => setTimeout(resolve, FLEET_VIEW_MS));
      }
    },
  };
}
