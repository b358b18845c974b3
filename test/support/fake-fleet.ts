import type { FleetApi, RemoteApi, RemoteView, RigView } from '../../engine/api/fleet.ts';
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
      pair: async ({ rights }) => {
        const expiresAtMs = Date.now() + 600_000;
        emit({ remote: { ...fakeRemote(Date.now()), pairing: { rights, expiresAtMs, attemptsLeft: 5 } } });
        return {
          link: `siphon://pair?v=1&n=Studio&h=192.168.1.20%3A17936&p=${'A'.repeat(43)}&c=${'B'.repeat(27)}`,
          code: 'K7QM-2XW9',
          rights,
          expiresAtMs,
        };
      },
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

const GPUS_OF_A_RIG = [
  { name: 'NVIDIA GeForce RTX 3090', state: 'ok', temperatureC: 71, utilisationPercent: 64 },
  { name: 'NVIDIA GeForce RTX 3090', state: 'ok', temperatureC: 84, utilisationPercent: 71 },
];

/** Rigs in every state that the fleet page tells apart. */
export function fakeRigs(nowMs: number): readonly RigView[] {
  const summary: RigSummary = {
    version: '0.1.0',
    platform: 'linux x64',
    deploymentType: 'siphon',
    run: { state: 'running' },
    link: { serviceUri: 'https://orchestrator.example:8935', state: 'registered' },
    gpus: GPUS_OF_A_RIG,
    streams: { used: 7, total: 10 },
    today: { segments: 9120, failed: 3, mediaMs: 9120 * 2000, encodedPixels: 1.1e12 },
    problems: { count: 0, worst: null, title: null },
  };
  const rig = (id: string, name: string, last: number, more: Partial<RigView> = {}): RigView => ({
    id,
    name,
    kind: 'paired',
    address: `192.168.1.${last}:17936`,
    rights: 'full',
    state: 'live',
    sinceMs: nowMs - 3_600_000,
    lastSeenAtMs: nowMs - 500,
    summary,
    ...more,
  });
  return [
    rig('a1', 'Cellar', 20),
    rig('a2', 'Garage rig with a rather long name', 21, {
      rights: 'read-only',
      summary: {
        ...summary,
        version: '0.2.0',
        streams: { used: 0, total: 4 },
        problems: { count: 2, worst: 'warning', title: 'The disk is nearly full' },
        gpus: GPUS_OF_A_RIG.slice(0, 1),
      },
    }),
    rig('a3', 'Office', 22, {
      summary: {
        ...summary,
        run: { state: 'paused', reason: 'user', resumeAtMs: nowMs + 1_800_000 },
        streams: { used: 0, total: 6 },
      },
    }),
    rig('a4', 'Far away', 23, {
      kind: 'tunnel',
      address: '127.0.0.1:27935',
      summary: { ...summary, streams: { used: 2, total: 10 } },
    }),
    rig('a5', 'Attic', 24, {
      state: 'away',
      lastSeenAtMs: nowMs - 5_400_000,
      nextAttemptAtMs: nowMs + 21_000,
      error: { code: 'rig-unreachable', message: 'It is not reached', nextStep: 'Is it switched on?' },
    }),
    rig('a6', 'Workshop', 25, {
      state: 'untrusted',
      lastSeenAtMs: null,
      summary: null,
      error: {
        code: 'rig-untrusted',
        message: 'The machine at this address has another key than the one it was paired with, so nothing was sent to it',
        nextStep:
          'If its data folder was made anew, pair it again. If not, another machine has its address now, or somebody is in between.',
      },
    }),
  ];
}

/** This machine open to others, with two of them paired. */
export function fakeRemote(nowMs: number): RemoteView {
  return {
    enabled: true,
    name: 'Studio',
    listening: '0.0.0.0:17936',
    addresses: ['192.168.1.20:17936'],
    pin: 'A'.repeat(43),
    devices: [
      { id: 'd1', name: 'Laptop', rights: 'full', createdAtMs: nowMs - 9e8, lastSeenAtMs: nowMs - 2000, connections: 1 },
      { id: 'd2', name: 'Tablet', rights: 'read-only', createdAtMs: nowMs - 8e8, lastSeenAtMs: nowMs - 9e7, connections: 0 },
    ],
    pairing: null,
  };
}
