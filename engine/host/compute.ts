import { z } from 'zod';
import type { DeviceUse } from '../api/availability.ts';
import type { Hardware } from '../api/hardware.ts';
import type { Capacity, Transcoder } from '../api/media.ts';
import { deadline } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { Disposables } from '../base/disposables.ts';
import { Emitter } from '../base/emitter.ts';
import { toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { Health } from '../health/health.ts';
import { benchmarkLimitMs, type MeasureOptions } from '../media/benchmark.ts';
import type { CapacityLimits } from '../media/capacity.ts';
import { createTranscoder, type MediaTranscoder } from '../media/transcoder.ts';
import { FFMPEG_VERSION } from '../media/version.ts';
import type { Store } from '../store/store.ts';
import { showCapacity } from './capacity-view.ts';
import { type DeviceActivity, type DeviceChoice, deviceChoices, deviceUse } from './devices.ts';
import type { HardwareService } from './hardware-service.ts';
import { NvencAdmission } from './nvenc-admission.ts';
import type { EngineState } from './state.ts';
import { ENGINE_VERSION } from './version.ts';

/** How often quarantines, bounds and streams are looked at, milliseconds. */
const WATCH_MS = 2000;
/** Milliseconds that running segments get on a device that goes; those of a lost one cannot end. */
const DRAIN_MS = 20_000;
const LOST_MS = 500;
/** How long the worker of a device that comes may take to start and be tried, milliseconds. */
const START_MS = 30_000;
/** A device that failed to start is tried again after this long, milliseconds. */
const RETRY_MS = 60_000;

/** What making the benchmark's clip may take, milliseconds. */
const CLIP_MS = 5000;

const MeasuredSchema = z.number().int().min(1);

/** What this machine's compute is made from. */
export interface ComputeParameters {
  /** The configuration as it is now: devices, capacity and upload bounds may change while it runs. */
  readonly config: () => Config;
  readonly hardware: Hardware;
  readonly service: HardwareService;
  /** Cards that rest from the beginning, by UUID. */
  readonly resting: ReadonlySet<string>;
  readonly store: Store;
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: EngineState;
  readonly signal: AbortSignal;
  /** What is known about the devices, or happens on them, has changed. */
  readonly onDevices: () => void;
}

/** The local transcoder with what keeps its devices and its capacity current. */
export class Compute implements AsyncDisposable {
  readonly #parameters: ComputeParameters;
  readonly #transcoder: MediaTranscoder;
  readonly #owned = new Disposables();
  readonly #activities = new Map<string, DeviceActivity>();
  readonly #retryAt = new Map<string, number>();
  readonly #stop = new AbortController();
  #hardware: Hardware;
  #resting: ReadonlySet<string>;
  #shown = '';
  /** Admits streams against the NVENC budget; what the roles use. */
  readonly transcoder: Transcoder;
  /** Tells when the machine can take more or fewer streams than before. */
  readonly onCapacity = new Emitter<Capacity>();

  /** Takes over `transcoder`. */
  constructor(parameters: ComputeParameters, transcoder: MediaTranscoder) {
    this.#parameters = parameters;
    this.#hardware = parameters.hardware;
    this.#resting = parameters.resting;
    this.#transcoder = this.#owned.use(transcoder);
    this.transcoder = this.#owned.use(new NvencAdmission(transcoder, () => parameters.service.meter));
    this.#owned.use(parameters.service.onChange.on((found) => this.#follow(found)));
    const timer = setInterval(() => this.#look(), WATCH_MS).unref();
    this.#owned.defer(() => clearInterval(timer));
  }

  /** The devices there are, as the rules see them: one that failed to start is not usable. */
  get choices(): readonly DeviceChoice[] {
    return deviceChoices(this.#hardware, this.#parameters.config()).map((choice) => {
      const failed = this.#activities.get(choice.id);
      if (failed?.kind !== 'failed') return choice;
      return { ...choice, usable: false, ...(failed.text === undefined ? {} : { why: failed.text }) };
    });
  }

  /** The devices as they are shown. */
  get uses(): readonly DeviceUse[] {
    return this.choices.map((choice) =>
      deviceUse(choice, {
        streams: this.#transcoder.streamsOn(choice.id),
        pid: this.#transcoder.devices.find(({ spec }) => spec.id === choice.id)?.pid,
        resting: this.#resting.has(choice.id),
        activity: this.#activities.get(choice.id),
      }),
    );
  }

  /** Process ids of the workers. */
  get pids(): ReadonlySet<number> {
    return new Set(this.#transcoder.devices.flatMap(({ pid }) => pid ?? []));
  }

  /** Streams on a device now. */
  streamsOn(id: string): number {
    return this.#transcoder.streamsOn(id);
  }

  /**
   * Makes the devices at work those that the hardware, the settings and `resting` ask for: one that goes finishes its segments
   * and its worker process ends, one that comes is tried first. Not to be called twice at a time.
   */
  async match(resting: ReadonlySet<string>): Promise<void> {
    this.#resting = resting;
    const wanted = this.choices.filter(({ id, spec, usable }) => spec !== undefined && usable && !resting.has(id));
    const present = new Set(this.#transcoder.devices.map(({ spec }) => spec.id));
    const going = [...present].filter((id) => !wanted.some((choice) => choice.id === id));
    await Promise.all(going.map((id) => this.#remove(id)));
    for (const choice of wanted) {
      if (present.has(choice.id)) this.#transcoder.setUsable(choice.id, true);
      else await this.#add(choice);
    }
    this.publish();
  }

  /** The longest that {@link measure} takes, milliseconds. */
  get measureLimitMs(): number {
    return this.#transcoder.devices.reduce((sum, { spec }) => sum + benchmarkLimitMs(spec.kind), CLIP_MS);
  }

  /** Measures every device anew and keeps the outcome; best while no work is running. Rejects with the signal's reason. */
  async measure(options: MeasureOptions): Promise<void> {
    await this.#transcoder.measureCapacity(options);
    this.#keepMeasured();
    this.publish();
  }

  /** The capacity by measurement alone, within NVENC sessions and upload; null before the first measurement. */
  measured(): { readonly capacity: Capacity; readonly names: ReadonlyMap<string, string> } | null {
    if (Object.keys(this.#transcoder.measured).length === 0) return null;
    const { config, service } = this.#parameters;
    const names = new Map(this.choices.map(({ id, name }) => [id, name]));
    return { capacity: this.#transcoder.capacityWithin(boundsOf(config(), service)), names };
  }

  /** Runs the benchmark of devices that were not measured before, where its outcome is needed. */
  async measureNew(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { config, log } = this.#parameters;
    const { capacity, deploymentType } = config();
    const unknown = ids.filter((id) => this.#transcoder.measured[id] === undefined && sessionLimit(config(), id) === undefined);
    if (unknown.length === 0 || deploymentType === 'practice' || capacity !== 'auto') return;
    log.info('measuring how many streams this machine can take (once, at most 20 s a device)');
    try {
      await this.#transcoder.measureCapacity({ signal }, unknown);
      this.#keepMeasured();
      log.info({ sessions: this.#transcoder.capacity.sessions }, 'capacity measured');
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'the capacity could not be measured; a careful guess is used');
    }
  }

  /** Shows the capacity, and tells it on, when it changed. */
  publish(): void {
    const { state, health, log, onDevices } = this.#parameters;
    const { capacity } = this.#transcoder;
    if (showCapacity(capacity, state, health, log)) this.onCapacity.emit(capacity);
    const shown = JSON.stringify(this.uses);
    if (shown === this.#shown) return;
    this.#shown = shown;
    onDevices();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('The compute was stopped.', 'AbortError'));
    await this.#owned[Symbol.asyncDispose]();
  }

  #keepMeasured(): void {
    for (const [id, sessions] of Object.entries(this.#transcoder.measured)) {
      this.#parameters.store.setValue(measuredKey(id), sessions);
    }
  }

  async #remove(id: string): Promise<void> {
    const { log } = this.#parameters;
    const lost = this.#hardware.gpus.some(({ uuid, state }) => uuid === id && state === 'lost');
    this.#activity(id, { kind: 'draining' });
    log.info({ device: id }, 'device taken out: it finishes its segments, then its worker ends');
    using limit = deadline(lost ? LOST_MS : DRAIN_MS, 'Finishing the segments of a device', this.#stop.signal);
    await this.#transcoder.remove(id, limit.signal);
    this.#activity(id, undefined);
  }

  async #add({ id, spec, name }: DeviceChoice): Promise<void> {
    const { log, clock } = this.#parameters;
    if (!spec || this.#stop.signal.aborted) return;
    this.#activity(id, { kind: 'starting' });
    try {
      const kept = keptMeasure(this.#parameters.store, id);
      using limit = deadline(START_MS, `Starting the worker of ${name}`, this.#stop.signal);
      await this.#transcoder.add(spec, limit.signal, kept);
      this.#activity(id, undefined);
      log.info({ device: id }, 'device at work');
      await this.measureNew([id], this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.error({ device: id, err: error }, 'device could not be started');
      this.#retryAt.set(id, clock.monotonicMs() + RETRY_MS);
      this.#activity(id, { kind: 'failed', text: toEngineError(error).message });
    }
  }

  /** A card that is lost gets no more work at once; what else changed is the business of the next {@link match}. */
  #follow(found: Hardware): void {
    this.#hardware = found;
    for (const gpu of found.gpus) if (gpu.state === 'lost') this.#transcoder.setUsable(gpu.uuid, false);
    this.#parameters.onDevices();
  }

  #look(): void {
    const now = this.#parameters.clock.monotonicMs();
    for (const [id, at] of this.#retryAt) {
      if (now < at) continue;
      this.#retryAt.delete(id);
      this.#activities.delete(id);
    }
    this.publish();
  }

  #activity(id: string, activity: DeviceActivity | undefined): void {
    if (activity) this.#activities.set(id, activity);
    else this.#activities.delete(id);
    this.publish();
  }
}

/**
 * Starts the transcode workers for this machine's devices and learns how many streams they can take: from an earlier
 * benchmark of the same devices and versions, else by running it now. Practice takes as many streams as it is given.
 */
export async function startCompute(parameters: ComputeParameters): Promise<Compute> {
  const { config, hardware, service, resting, store, log, signal } = parameters;
  const choices = deviceChoices(hardware, config()).filter(({ id, usable }) => usable && !resting.has(id));
  const devices = choices.flatMap(({ spec }) => spec ?? []);
  const transcoder = await createTranscoder({
    devices,
    log: log.child({ room: 'media' }),
    limits: () => limitsOf(config(), service),
    sessionLimit: (id) => sessionLimit(config(), id),
    measured: Object.fromEntries(
      devices.flatMap(({ id }) => [[id, keptMeasure(store, id)]].filter(([, kept]) => kept !== undefined)),
    ),
  });
  const compute = new Compute(parameters, transcoder);
  try {
    compute.publish();
    await compute.measureNew(
      devices.map(({ id }) => id),
      signal,
    );
    compute.publish();
    return compute;
  } catch (error) {
    await compute[Symbol.asyncDispose]();
    throw error;
  }
}

function measuredKey(id: string): string {
  return `capacity ${ENGINE_VERSION} ${FFMPEG_VERSION} ${id}`;
}

function keptMeasure(store: Store, id: string): number | undefined {
  return MeasuredSchema.safeParse(store.getValue(measuredKey(id))).data;
}

function sessionLimit(config: Config, id: string): number | undefined {
  const own = id === 'cpu' ? config.cpu.sessions : config.gpus[id]?.sessions;
  return own === undefined || own === 'auto' ? undefined : own;
}

function limitsOf(config: Config, service: HardwareService): CapacityLimits {
  const practice = config.deploymentType === 'practice' && config.capacity === 'auto' ? config.practice.sessions : undefined;
  const configured = config.capacity === 'auto' ? practice : config.capacity;
  return { ...(configured === undefined ? {} : { configured }), ...boundsOf(config, service) };
}

/** What bounds the machine whatever number of streams somebody wants. */
function boundsOf(config: Config, service: HardwareService): CapacityLimits {
  return {
    nvencSessions: service.meter?.budget?.total ?? null,
    ...(config.uploadMbps === 'auto' ? {} : { uploadBitsPerSecond: config.uploadMbps * 1e6 }),
  };
}
