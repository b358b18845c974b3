import type { GpuSample } from '../api/hardware.ts';
import { sleep } from '../base/abort.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import { type EngineError, isAbortError, toEngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Health } from '../health/health.ts';
import { parseSmiTable, type SmiGpu, type SmiLostGpu, type SmiTable } from './smi-table.ts';

/** Something about the cards changed while the engine runs. */
export type GpuChange =
  /** The card stopped answering or vanished: stop giving it work. */
  | { readonly kind: 'lost'; readonly gpu: SmiGpu; readonly reason: string }
  /** A lost card answers again: try it anew before it gets work. */
  | { readonly kind: 'returned'; readonly gpu: SmiGpu }
  /** A card that was not there before. */
  | { readonly kind: 'added'; readonly gpu: SmiGpu }
  /** The driver is another one than before: what was tried no longer counts. */
  | { readonly kind: 'driver-changed'; readonly from: string; readonly to: string }
  /** The driver gives no answer at all (reset, update, crash). */
  | { readonly kind: 'unreadable'; readonly error: EngineError }
  /** It answers again after `unreadable`. */
  | { readonly kind: 'readable' };

/** What {@link GpuMonitor} is made of. */
export interface GpuMonitorParameters {
  /** Reads the cards once, e.g. `NvidiaSmi.query`; must end by itself. */
  readonly query: (signal: AbortSignal) => Promise<SmiTable>;
  /** The cards found at start; changes are told against these. One with a `lostReason` counts as lost from the beginning. */
  readonly known: readonly SmiGpu[];
  readonly intervalMs?: number;
  readonly health?: Health;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Back-off while the driver does not answer. */
  readonly backoff?: Backoff;
}

/** Failures in a row until the driver counts as unreadable: one slow answer under load is no alarm. */
const FAILURES_UNTIL_UNREADABLE = 2;
const UNREADABLE_KEY = 'gpu-unreadable';

/**
 * Reads all cards' sensors every few seconds and notices when cards go, come back, come new, or the driver changes. Sets
 * and clears the health problems `gpu-lost:<uuid>` and `gpu-unreadable`. One call at a time; a slow driver makes it slower.
 */
export class GpuMonitor implements AsyncDisposable {
  readonly #query: GpuMonitorParameters['query'];
  readonly #intervalMs: number;
  readonly #health: Health | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #samples = new Emitter<readonly GpuSample[]>();
  readonly #changes = new Emitter<GpuChange>();
  readonly #known = new Map<string, { gpu: SmiGpu; lost: string | null }>();
  #driverVersion: string;
  #failures = 0;
  #loop: Promise<void> | undefined;

  constructor({
    query,
    known,
    intervalMs = 2_000,
    health,
    clock = systemClock,
    log = silentLog,
    backoff = new Backoff({ initialMs: 2_000, factor: 2, maxMs: 60_000, jitter: 0.2 }),
  }: GpuMonitorParameters) {
    this.#query = query;
    this.#intervalMs = intervalMs;
    this.#health = health;
    this.#clock = clock;
    this.#log = log;
    this.#backoff = backoff;
    for (const gpu of known) this.#known.set(gpu.uuid, { gpu, lost: gpu.lostReason });
    this.#driverVersion = known[0]?.driverVersion ?? '';
  }

  /** Begins to read; does nothing when it has begun. */
  start(): void {
    if (this.#loop !== undefined) return;
    for (const { gpu, lost } of this.#known.values()) if (lost !== null) this.#setProblem(gpu, lost);
    this.#loop = this.#run();
  }

  /** One reading of every card that answers, every interval. */
  onSamples(listener: (samples: readonly GpuSample[]) => void): Disposable {
    return this.#samples.on(listener);
  }

  onChange(listener: (change: GpuChange) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** The reason why a card is lost now; null when it is not, or not known. */
  lostReason(uuid: string): string | null {
    return this.#known.get(uuid)?.lost ?? null;
  }

  /** Ends the loop and the reading under way; its problems are cleared. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('The GPU monitor was stopped.', 'AbortError'));
    await this.#loop;
    this.#health?.clearAll('gpu-lost:');
    this.#health?.clear(UNREADABLE_KEY);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let waitMs = this.#intervalMs;
      try {
        const table = await this.#query(signal);
        this.#backoff.reset();
        this.#apply(table);
      } catch (error) {
        if (signal.aborted || isAbortError(error)) return;
        this.#failed(toEngineError(error));
        waitMs = Math.max(this.#intervalMs, this.#backoff.next());
      }
      await sleep(waitMs, signal).catch(() => {});
    }
  }

  #apply(table: SmiTable): void {
    if (this.#failures >= FAILURES_UNTIL_UNREADABLE) {
      this.#health?.clear(UNREADABLE_KEY);
      this.#changes.emit({ kind: 'readable' });
    }
    this.#failures = 0;
    for (const gpu of table.gpus) this.#see(gpu);
    const seen = new Set(table.gpus.map(({ uuid }) => uuid));
    for (const [uuid, { gpu }] of this.#known) {
      if (seen.has(uuid)) continue;
      const line = table.lost.find((lost) => isSame(lost, gpu));
      this.#lose(gpu, line === undefined ? 'The driver no longer lists it.' : `The driver says: ${line.text}`);
    }
    const before = this.#driverVersion;
    this.#driverVersion = table.gpus[0]?.driverVersion || before;
    if (before !== '' && before !== this.#driverVersion) {
      this.#changes.emit({ kind: 'driver-changed', from: before, to: this.#driverVersion });
    }
    this.#samples.emit(
      table.gpus.filter(({ lostReason }) => lostReason === null).map((gpu) => toSample(gpu, this.#clock.nowMs())),
    );
  }

  #see(gpu: SmiGpu): void {
    const known = this.#known.get(gpu.uuid);
    this.#known.set(gpu.uuid, { gpu, lost: known?.lost ?? null });
    if (known === undefined) {
      this.#log.info({ uuid: gpu.uuid, name: gpu.name }, 'a GPU was added');
      this.#changes.emit({ kind: 'added', gpu });
    }
    if (gpu.lostReason !== null) {
      this.#lose(gpu, `The driver says: ${gpu.lostReason}.`);
    } else if (known !== undefined && known.lost !== null) {
      this.#known.set(gpu.uuid, { gpu, lost: null });
      this.#health?.clear(`gpu-lost:${gpu.uuid}`);
      this.#log.info({ uuid: gpu.uuid, name: gpu.name }, 'a lost GPU is back');
      this.#changes.emit({ kind: 'returned', gpu });
    }
  }

  #lose(gpu: SmiGpu, reason: string): void {
    const known = this.#known.get(gpu.uuid);
    if (known === undefined || known.lost !== null) return;
    this.#known.set(gpu.uuid, { gpu: known.gpu, lost: reason });
    this.#setProblem(gpu, reason);
    this.#log.error({ uuid: gpu.uuid, name: gpu.name, reason }, 'a GPU is lost');
    this.#changes.emit({ kind: 'lost', gpu, reason });
  }

  #setProblem(gpu: SmiGpu, reason: string): void {
    this.#health?.set({
      key: `gpu-lost:${gpu.uuid}`,
      code: 'gpu-lost',
      severity: 'error',
      title: `${gpu.name} stopped answering`,
      text: `The card at ${gpu.pciBusId} gets no more work. ${reason} Usual causes are heat, power, a riser cable or overclocking.`,
      nextStep: 'Restart the computer. If it comes back, undo overclocking, and check power cables, riser and temperature.',
    });
  }

  #failed(error: EngineError): void {
    this.#failures += 1;
    this.#log.warn({ err: error, failures: this.#failures }, 'the GPUs could not be read');
    if (this.#failures !== FAILURES_UNTIL_UNREADABLE) return;
    this.#health?.set({
      key: UNREADABLE_KEY,
      code: error.code,
      severity: 'warning',
      title: 'The GPUs cannot be read',
      text: error.message,
      nextStep: error.nextStep ?? 'Restart the computer.',
    });
    this.#changes.emit({ kind: 'unreadable', error });
    // Older drivers give no table at all when one card is gone; the error then names it.
    const lines = parseSmiTable(String(error.details?.output ?? '')).lost;
    for (const { gpu } of this.#known.values()) {
      const line = lines.find((lost) => isSame(lost, gpu));
      if (line !== undefined) this.#lose(gpu, `The driver says: ${line.text}`);
      else if (error.code === 'gpu-none') this.#lose(gpu, 'The driver no longer lists any card.');
    }
  }
}

function isSame(lost: SmiLostGpu, gpu: SmiGpu): boolean {
  return lost.pciBusId === null ? lost.index === gpu.index : lost.pciBusId === gpu.pciBusId;
}

/** A table row as a reading of the contract. */
export function toSample(gpu: SmiGpu, atMs: number): GpuSample {
  return {
    uuid: gpu.uuid,
    atMs,
    temperatureC: gpu.temperatureC,
    powerW: gpu.powerW,
    powerLimitW: gpu.powerLimitW,
    utilisationPercent: gpu.utilisationPercent,
    encoderPercent: gpu.encoderPercent,
    decoderPercent: gpu.decoderPercent,
    memoryUsedBytes: gpu.memoryUsedBytes,
    nvencSessions: gpu.nvencSessions,
  };
}
