import type { Gpu, GpuSample, Hardware } from '../api/hardware.ts';
import type { Clock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { Emitter } from '../base/emitter.ts';
import { isAbortError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { detectHardware, type ProbeCache } from '../gpu/detect.ts';
import type { GpuProcess } from '../gpu/gpu-processes.ts';
import { type GpuChange, GpuMonitor } from '../gpu/monitor.ts';
import { measureNvencSessions } from '../gpu/nvenc-measure.ts';
import { NvencMeter } from '../gpu/nvenc-meter.ts';
import { NvidiaSmi } from '../gpu/nvidia-smi.ts';
import type { SmiGpu } from '../gpu/smi-table.ts';
import { isReady } from '../gpu/verdict.ts';
import type { Health } from '../health/health.ts';
import { HARDWARE_KEY } from './fixes.ts';

/** What a {@link HardwareService} needs. */
export interface HardwareServiceParameters {
  readonly cache: ProbeCache;
  readonly ffmpegVersion: string;
  /** GPUs the configuration switches off at first, by UUID: they are shown, and never used nor opened. */
  readonly disabled: ReadonlySet<string>;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps what is known about this machine's GPUs current: detection and probes at start and on request, sensors every few
 * seconds, the NVENC session budget, cards that go and come.
 */
export class HardwareService implements AsyncDisposable {
  readonly #parameters: HardwareServiceParameters;
  readonly #smi = new NvidiaSmi();
  readonly #stop = new AbortController();
  #hardware: Hardware | undefined;
  #watching: Disposables | undefined;
  #meter: NvencMeter | undefined;
  #nvencGpu = '';
  #detecting: Promise<Hardware> | undefined;
  #disabled: ReadonlySet<string>;
  readonly onChange = new Emitter<Hardware>();
  readonly onSamples = new Emitter<readonly GpuSample[]>();

  constructor(parameters: HardwareServiceParameters) {
    this.#parameters = parameters;
    this.#disabled = parameters.disabled;
  }

  get hardware(): Hardware | undefined {
    return this.#hardware;
  }

  /** The NVENC meter streams are admitted against; undefined while no card has NVENC. */
  get meter(): NvencMeter | undefined {
    return this.#meter;
  }

  /** Detects and probes, then keeps watching. `fresh` tries everything again, whatever is cached. Calls share one detection. */
  detect(fresh: boolean): Promise<Hardware> {
    this.#detecting ??= this.#detect(fresh).finally(() => {
      this.#detecting = undefined;
    });
    return this.#detecting;
  }

  /**
   * Takes other cards as switched off. One that is off now is neither tried nor measured from now on; one that is on again is
   * looked at anew. What runs on them is the caller's to end.
   */
  setDisabled(disabled: ReadonlySet<string>): void {
    const before = this.#disabled;
    if (before.size === disabled.size && [...before].every((uuid) => disabled.has(uuid))) return;
    this.#disabled = disabled;
    if (!this.#hardware) return;
    this.#update((current) => ({
      ...current,
      gpus: current.gpus.map((gpu) => (gpu.state === 'ok' && disabled.has(gpu.uuid) ? { ...gpu, state: 'disabled' } : gpu)),
    }));
    this.#nvencGpu = this.#hardware.gpus.find(isReady)?.uuid ?? this.#nvencGpu;
    this.#detectAgain(false);
  }

  /** What the programs on this machine do on the cards; opens no CUDA context. */
  processes(signal: AbortSignal): Promise<readonly GpuProcess[]> {
    return this.#smi.processes(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('The engine stops.', 'AbortError'));
    await this.#detecting?.catch(() => {});
    await this.#watching?.[Symbol.asyncDispose]();
    await this.#meter?.[Symbol.asyncDispose]();
  }

  async #detect(fresh: boolean): Promise<Hardware> {
    const { cache, ffmpegVersion, clock, log } = this.#parameters;
    const { signal } = this.#stop;
    const off = this.#disabled;
    const found = await detectHardware({ smi: this.#smi, cache, ffmpegVersion, fresh, off, clock, log, signal });
    // Another choice came meanwhile: look again with that one.
    if (off !== this.#disabled) return await this.#detect(fresh);
    const hardware: Hardware = {
      ...found,
      gpus: [...found.gpus, ...this.#stillLost(found)],
      nvenc: found.gpus.some(isReady) ? (this.#meter?.budget ?? found.nvenc) : null,
    };
    log.info({ verdict: hardware.verdict.title, gpus: hardware.gpus.map(({ name, state }) => `${name} (${state})`) }, 'hardware');
    this.#publish(hardware);
    this.#showVerdict(hardware);
    await this.#watching?.[Symbol.asyncDispose]();
    // Without the driver's tool there is nothing to ask; with it, a card that wakes later is noticed.
    const canWatch =
      hardware.gpus.some(({ state }) => state !== 'disabled') ||
      found.verdict.error?.code === 'gpu-unreadable' ||
      found.verdict.error?.code === 'gpu-lost';
    this.#watching = canWatch ? this.#watch(hardware) : undefined;
    await this.#meterNvenc(hardware);
    return hardware;
  }

  #watch(hardware: Hardware): Disposables {
    const { health, clock, log } = this.#parameters;
    const owner = new Disposables();
    // A MIG slice is not a row of its own in the driver's table: its card is.
    const known = hardware.gpus.filter((gpu) => !gpu.uuid.startsWith('MIG-')).map(toKnown);
    const monitor = owner.use(new GpuMonitor({ query: (signal) => this.#smi.query(signal), known, health, clock, log }));
    monitor.onSamples((samples) => {
      this.#meter?.observe(samples);
      this.onSamples.emit(samples);
    });
    monitor.onChange((change) => this.#changed(change));
    monitor.start();
    return owner;
  }

  /** One meter for the engine's life, so that streams admitted before a new look at the cards stay counted as ours. */
  async #meterNvenc(hardware: Hardware): Promise<void> {
    const first = hardware.gpus.find(isReady);
    if (!first) {
      // Measuring would open sessions on a card that is off.
      const meter = this.#meter;
      this.#meter = undefined;
      await meter?.[Symbol.asyncDispose]();
      return;
    }
    this.#nvencGpu = first.uuid;
    if (this.#meter) {
      void this.#meter.remeasure().catch(() => {});
      return;
    }
    const { clock, log } = this.#parameters;
    const meter = new NvencMeter({
      measure: ({ ours, others, signal }) => measureNvencSessions({ uuid: this.#nvencGpu, ours, others, clock, signal }),
      initial: hardware.nvenc,
      clock,
      log,
    });
    meter.onChange((nvenc) => this.#update((current) => ({ ...current, nvenc })));
    meter.start();
    this.#meter = meter;
  }

  /** Cards that were lost before and are still not listed: they stay visible until they return. */
  #stillLost(found: Hardware): readonly Gpu[] {
    const listed = new Set(found.gpus.map(({ uuid }) => uuid));
    return (this.#hardware?.gpus ?? []).filter(({ uuid, state }) => state === 'lost' && !listed.has(uuid));
  }

  #changed(change: GpuChange): void {
    if (change.kind === 'lost') {
      const { uuid } = change.gpu;
      this.#update((current) => ({
        ...current,
        gpus: current.gpus.map((gpu) =>
          gpu.uuid === uuid ? { ...gpu, state: 'lost', stateReason: change.reason, sample: null } : gpu,
        ),
      }));
      return;
    }
    if (change.kind === 'unreadable' || change.kind === 'readable') return;
    const isCardOfSlices =
      change.kind === 'added' && this.#hardware?.gpus.some(({ pciBusId }) => pciBusId === change.gpu.pciBusId);
    if (isCardOfSlices) return;
    // A card that came back, a new one, another driver: what was tried no longer counts.
    this.#detectAgain(change.kind === 'driver-changed');
  }

  #detectAgain(fresh: boolean): void {
    this.detect(fresh).catch((error: unknown) => {
      if (!isAbortError(error)) this.#parameters.log.warn({ err: error }, 'looking at the GPUs again failed');
    });
  }

  #update(change: (current: Hardware) => Hardware): void {
    if (this.#hardware) this.#publish(change(this.#hardware));
  }

  #publish(hardware: Hardware): void {
    this.#hardware = hardware;
    this.onChange.emit(hardware);
  }

  /** No usable card is worth a note, not an alarm: the CPU works, and the page flags it. */
  #showVerdict({ verdict }: Hardware): void {
    const { health } = this.#parameters;
    if (!verdict.error) {
      health.clear(HARDWARE_KEY);
      return;
    }
    health.set({
      key: HARDWARE_KEY,
      code: verdict.error.code,
      severity: verdict.error.code === 'gpu-none' ? 'info' : 'warning',
      title: verdict.title,
      text: verdict.text,
      nextStep: verdict.nextStep ?? '',
    });
  }
}

/** What the monitor compares later readings with. */
function toKnown(gpu: Hardware['gpus'][number]): SmiGpu {
  return {
    index: gpu.index,
    uuid: gpu.uuid,
    name: gpu.name,
    pciBusId: gpu.pciBusId,
    driverVersion: gpu.driverVersion,
    memoryTotalBytes: gpu.memoryTotalBytes,
    memoryUsedBytes: null,
    temperatureC: null,
    powerW: null,
    powerLimitW: null,
    utilisationPercent: null,
    encoderPercent: null,
    decoderPercent: null,
    nvencSessions: null,
    migEnabled: null,
    lostReason: gpu.state === 'lost' ? (gpu.stateReason ?? 'lost') : null,
  };
}
