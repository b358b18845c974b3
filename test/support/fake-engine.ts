import type { EngineApi, LogLine } from '../../engine/api/commands.ts';
import { fold } from '../../engine/api/fold.ts';
import type { EngineSnapshot, EngineUpdate, SegmentRecord, SegmentState, WatchEvent } from '../../engine/api/snapshot.ts';
import { type Scenario, sampleOf, segmentOf, sessionOf, snapshotOf, THREE_GPUS } from './fake-engine-data.ts';
import { fakeMeasurement, withTable } from './fake-estimate.ts';
import { fakeMachines } from './fake-fleet.ts';
import { fakeInvites } from './fake-invites.ts';
import { fakeRepair } from './fake-repair.ts';
import { FakeSettings } from './fake-settings.ts';

/** How often the fake makes something happen, milliseconds. */
const TICK_MS = 250;

/** An engine that plays a scenario: same contract, no work. For looking at the page in states that are rare in real life. */
export class FakeEngine implements EngineApi {
  #snapshot: EngineSnapshot;
  readonly #scenario: Scenario;
  readonly #logLines: number;
  readonly #settings = new FakeSettings();
  readonly #watchers = new Set<(event: WatchEvent) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Map<number, { seq: number; step: number; startedAtMs: number }>();
  readonly invites = fakeInvites();
  readonly repair = fakeRepair();
  #tick = 0;
  #seq = 901;
  #measuring: AbortController | undefined;

  constructor(scenario: Scenario, logLines = 140) {
    this.#logLines = logLines;
    this.#scenario = scenario;
    this.#snapshot = snapshotOf(scenario, Date.now());
    this.#timer = setInterval(() => this.#step(), TICK_MS);
    this.#timer.unref();
  }

  snapshot(): EngineSnapshot {
    return this.#snapshot;
  }

  async *watch(signal: AbortSignal): AsyncIterable<WatchEvent> {
    const queue: WatchEvent[] = [{ kind: 'snapshot', snapshot: this.#snapshot }];
    let wake = () => {};
    const listen = (event: WatchEvent) => {
      queue.push(event);
      wake();
    };
    this.#watchers.add(listen);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const next = queue.shift();
        if (next) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#watchers.delete(listen);
    }
  }

  async pause({ forMs }: { forMs?: number | undefined }): Promise<void> {
    const now = Date.now();
    const until = forMs === undefined ? {} : { resumeAtMs: now + forMs };
    this.emit({ run: { state: 'paused', sinceMs: now, reason: 'user', inFlight: 0, ...until } });
  }

  async resume(): Promise<void> {
    this.emit({ run: { state: 'running', sinceMs: Date.now(), inFlight: 0 } });
  }

  async overrideAvailability(): Promise<void> {
    await this.resume();
  }

  reportPresence(): void {}

  async history(query: Parameters<EngineApi['history']>[0]): Promise<{ readonly segments: readonly SegmentRecord[] }> {
    const before = query.before ?? Date.now();
    if (before < Date.now() - 20 * 60_000) return { segments: [] };
    const session = sessionOf(this.#scenario, 0, Date.now());
    const segments = Array.from({ length: query.limit }, (_, index) =>
      segmentOf(session, 5000 - index, index % 23 === 7 ? 'failed' : 'done', before - 1 - index * 2000),
    );
    return { segments: segments.filter((segment) => query.state === undefined || segment.state === query.state) };
  }

  logs(after = 0): readonly LogLine[] {
    const levels = ['info', 'info', 'debug', 'info', 'warn', 'info', 'error'] as const;
    const texts = [
      'segment done',
      'registered with the orchestrator',
      'worker warm',
      'session started',
      'upload was slow',
      'benchmark done',
      'segment failed: media-malformed',
    ];
    if (after >= this.#logLines) return [];
    return Array.from({ length: this.#logLines }, (_, index) => ({
      seq: index + 1,
      atMs: this.#snapshot.engine.startedAtMs + index * 1700,
      level: levels[index % levels.length] ?? 'info',
      text: texts[index % texts.length] ?? '',
      fields: { session: `session-${index % 3}`, seq: index, ms: 40 + index },
    })).slice(after);
  }

  async redetect(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 900));
  }

  async setPrices({ base, perGateway = [] }: Parameters<EngineApi['setPrices']>[0]): Promise<void> {
    const { orchestrator } = this.#snapshot;
    if (!orchestrator) return;
    const prices = {
      ...orchestrator.prices,
      base: { text: base, price: null },
      perGateway: perGateway.map(({ gateway, price }) => ({ gateway, text: price, price: null })),
    };
    this.emit({ orchestrator: { ...orchestrator, prices } });
  }

  async drainTranscoder({ id }: { readonly id: string }): Promise<void> {
    const { orchestrator } = this.#snapshot;
    if (!orchestrator) return;
    const transcoders = orchestrator.transcoders.map((each) => (each.id === id ? { ...each, draining: true } : each));
    this.emit({ orchestrator: { ...orchestrator, transcoders } });
  }

  async removeTranscoder({ id }: { readonly id: string }): Promise<void> {
    const { orchestrator } = this.#snapshot;
    if (!orchestrator) return;
    const transcoders = orchestrator.transcoders.filter((each) => each.id !== id);
    this.emit({ orchestrator: { ...orchestrator, transcoders, transcoderCount: transcoders.length } });
  }

  async checkReachability(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 600));
  }

  configure(input: Parameters<EngineApi['configure']>[0]): ReturnType<EngineApi['configure']> {
    return this.#settings.configure(input);
  }

  settings(): ReturnType<EngineApi['settings']> {
    return this.#settings.view();
  }

  async setSetup(input: Parameters<EngineApi['setSetup']>[0]): Promise<void> {
    const { setup } = this.#snapshot;
    this.emit({ setup: 'step' in input ? { ...setup, step: input.step } : { ...setup, state: 'done' } });
  }

  async chooseWork({ deploymentType }: Parameters<EngineApi['chooseWork']>[0]): Promise<void> {
    const { choices, setup } = this.#snapshot;
    this.emit({ choices: { ...choices, deploymentType }, setup: { ...setup, state: 'done' } });
  }

  async joinOrchestrator({ serviceUri }: Parameters<EngineApi['joinOrchestrator']>[0]): Promise<void> {
    const { choices, setup } = this.#snapshot;
    const connecting = { serviceUri, state: 'connecting', sinceMs: Date.now(), attempt: 0 } as const;
    this.emit({
      choices: { ...choices, deploymentType: 'siphon' },
      setup: { ...setup, state: 'done' },
      practice: null,
      sessions: this.#snapshot.sessions.map((session) => ({ ...session, endedAtMs: Date.now() })),
      link: connecting,
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    this.emit({ link: { ...connecting, state: 'registered', sinceMs: Date.now() } });
  }

  async measure(): Promise<void> {
    this.#measuring = new AbortController();
    const { signal } = this.#measuring;
    const device = this.#snapshot.hardware?.gpus[0];
    void (async () => {
      for await (const measurement of fakeMeasurement(device?.uuid ?? 'cpu', signal)) {
        const { estimate } = this.#snapshot;
        if (measurement.state !== 'done') this.emit({ estimate: { ...estimate, measurement } });
        else {
          const name = device?.name ?? 'AMD Ryzen 7 5800X';
          const devices = [{ device: device?.uuid ?? 'cpu', name, sessions: 6, boundBy: 'speed', quarantined: false }] as const;
          this.emit({ estimate: withTable({ ...estimate, measurement, streams: 6, devices }, estimate) });
        }
      }
    })();
  }

  async cancelMeasure(): Promise<void> {
    this.#measuring?.abort();
  }

  async setEstimate(input: Parameters<EngineApi['setEstimate']>[0]): Promise<void> {
    this.emit({ estimate: withTable(this.#snapshot.estimate, input) });
  }

  readonly #machines = fakeMachines({ snapshot: () => this.#snapshot, emit: (change) => this.emit(change) });
  readonly remote = this.#machines.remote;
  readonly fleet = this.#machines.fleet;
  readonly summary = this.#machines.summary;

  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
  }

  /** Sends one update to everyone who watches. */
  emit(change: Omit<EngineUpdate, 'seq'>): void {
    const update = { seq: this.#snapshot.seq + 1, ...change };
    this.#snapshot = fold(this.#snapshot, update) ?? this.#snapshot;
    for (const listen of this.#watchers) listen({ kind: 'update', update });
  }

  #step(): void {
    this.#tick += 1;
    if (this.#snapshot.hardware?.gpus.length && this.#tick % 4 === 0)
      this.emit({
        gpuSamples: THREE_GPUS.filter((card) => this.#snapshot.hardware?.gpus.find((gpu) => gpu.uuid === card.uuid)?.sample).map(
          (card) => sampleOf(card.uuid, (card.memoryTotalBytes ?? 0) / 1024 ** 3, this.#tick / 4),
        ),
      });
    if (this.#snapshot.run.state !== 'running' || this.#snapshot.sessions.length === 0) return;
    if (this.#scenario === 'burst') {
      this.#burst();
      return;
    }
    this.#snapshot.sessions.forEach((_, index) => {
      if (this.#snapshot.link?.state !== 'registered' && !this.#snapshot.orchestrator) return;
      const open = this.#open.get(index);
      if (!open) {
        if ((this.#tick + index * 3) % 8 === 0) this.#begin(index);
        return;
      }
      open.step += 1;
      const state = (['downloading', 'transcoding', 'transcoding', 'uploading', 'done'] as const)[open.step] ?? 'done';
      this.#show(index, open.seq, state, open.startedAtMs);
      if (state === 'done') this.#open.delete(index);
    });
  }

  #begin(index: number): void {
    const open = { seq: this.#seq, step: 0, startedAtMs: Date.now() };
    this.#seq += 1;
    this.#open.set(index, open);
    this.#show(index, open.seq, 'downloading', open.startedAtMs);
  }

  #show(index: number, seq: number, state: SegmentState, startedAtMs: number): void {
    const session = this.#snapshot.sessions[index];
    if (!session) return;
    const segment = segmentOf(session, seq, state, startedAtMs);
    const done = state === 'done';
    const { today } = this.#snapshot;
    const totals = done
      ? {
          ...today,
          segments: today.segments + 1,
          encodedPixels: today.encodedPixels + segment.encodedPixels,
          mediaMs: today.mediaMs + segment.durationMs,
        }
      : today;
    this.emit({
      segments: [segment],
      run: { ...this.#snapshot.run, inFlight: this.#open.size },
      ...(done
        ? {
            sessions: [{ ...session, segments: session.segments + 1, lastSegmentAtMs: Date.now() }],
            today: totals,
            sinceStart: totals,
          }
        : {}),
    });
  }

  /** 500 segment events a second. */
  #burst(): void {
    const [session] = this.#snapshot.sessions;
    if (!session) return;
    for (let index = 0; index < 125; index += 1) {
      this.#seq += 1;
      this.emit({ segments: [segmentOf(session, this.#seq, 'done', Date.now() - 400)] });
    }
  }
}
