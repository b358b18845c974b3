import { z } from 'zod';
import type { Hardware } from '../api/hardware.ts';
import type { Capacity, Transcoder } from '../api/media.ts';
import { Disposables } from '../base/disposables.ts';
import { Emitter } from '../base/emitter.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { isReady } from '../gpu/verdict.ts';
import type { Health } from '../health/health.ts';
import { benchmarkLimitMs, type MeasureOptions } from '../media/benchmark.ts';
import type { CapacityLimits } from '../media/capacity.ts';
import type { DeviceSpec } from '../media/device-spec.ts';
import { createTranscoder, type MediaTranscoder } from '../media/transcoder.ts';
import { FFMPEG_VERSION } from '../media/version.ts';
import type { Store } from '../store/store.ts';
import type { HardwareService } from './hardware-service.ts';
import { NvencAdmission } from './nvenc-admission.ts';
import type { EngineState } from './state.ts';
import { ENGINE_VERSION } from './version.ts';

/** How often quarantines and bounds are looked at, milliseconds. */
const WATCH_MS = 2000;

/** What making the benchmark's clip may take, milliseconds. */
const CLIP_MS = 5000;

const MeasuredSchema = z.record(z.string(), z.number().int().min(1));

/** What this machine's compute is made from. */
export interface ComputeParameters {
  /** The configuration as it is now: capacity and upload bounds may change while it runs. */
  readonly config: () => Config;
  readonly hardware: Hardware;
  readonly service: HardwareService;
  readonly store: Store;
  readonly health: Health;
  readonly log: Log;
  readonly state: EngineState;
  readonly signal: AbortSignal;
}

/** The local transcoder with what keeps its capacity current. */
export interface Compute extends AsyncDisposable {
  readonly transcoder: Transcoder;
  /** Tells when the machine can take more or fewer streams than before. */
  readonly onCapacity: Emitter<Capacity>;
  /** Measures every device anew and keeps the outcome; best while no work is running. Rejects with the signal's reason. */
  measure(options: MeasureOptions): Promise<void>;
  /** The longest that takes, milliseconds. */
  readonly measureLimitMs: number;
  /** The capacity by measurement alone, within NVENC sessions and upload; null before the first measurement. */
  measured(): { readonly capacity: Capacity; readonly names: ReadonlyMap<string, string> } | null;
}

/** The devices work runs on: every usable GPU, or the CPU when there is none. */
export function devicesOf(hardware: Hardware): DeviceSpec[] {
  const gpus = hardware.gpus.filter(isReady).flatMap((gpu): DeviceSpec[] => {
    return gpu.abilities ? [{ kind: 'gpu', id: gpu.uuid, name: gpu.name, abilities: gpu.abilities }] : [];
  });
  if (gpus.length > 0) return gpus;
  return [{ kind: 'cpu', id: 'cpu', name: hardware.cpu.model, cores: hardware.cpu.cores }];
}

/**
 * Starts the transcode workers for this machine's devices and learns how many streams they can take: from an earlier
 * benchmark of the same devices and versions, else by running it now. Practice takes as many streams as it is given.
 */
export async function startCompute(parameters: ComputeParameters): Promise<Compute> {
  const { config, hardware, service, store, health, state, log, signal } = parameters;
  const devices = devicesOf(hardware);
  const key = `capacity ${ENGINE_VERSION} ${FFMPEG_VERSION} ${devices.map(({ id }) => id).join(' ')}`;
  const kept = MeasuredSchema.safeParse(store.getValue(key));
  const owned = new Disposables();
  try {
    const transcoder = owned.use(
      await createTranscoder({
        devices,
        log: log.child({ room: 'media' }),
        limits: () => limitsOf(config(), service),
        ...(kept.success ? { measured: kept.data } : {}),
      }),
    );
    const onCapacity = new Emitter<Capacity>();
    const tell = () => {
      if (publish(transcoder, state, health, log)) onCapacity.emit(transcoder.capacity);
    };
    tell();
    if (!kept.success && config().deploymentType !== 'practice' && config().capacity === 'auto') {
      await measure(transcoder, store, key, log, signal);
      tell();
    }
    owned.use(service.onChange.on((found) => followCards(found, devices, transcoder, health)));
    const timer = setInterval(tell, WATCH_MS).unref();
    owned.defer(() => clearInterval(timer));
    const admission = owned.use(new NvencAdmission(transcoder, () => service.meter));
    const names = new Map(devices.map(({ id, name }) => [id, name]));
    return {
      transcoder: admission,
      onCapacity,
      measureLimitMs: devices.reduce((sum, { kind }) => sum + benchmarkLimitMs(kind), CLIP_MS),
      async measure(options) {
        await transcoder.measureCapacity(options);
        store.setValue(key, transcoder.measured);
        tell();
      },
      measured: () =>
        Object.keys(transcoder.measured).length === 0
          ? null
          : { capacity: transcoder.capacityWithin(boundsOf(config(), service)), names },
      [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owned[Symbol.asyncDispose]();
    throw error;
  }
}

/** A card that is lost gets no work until it is back; one that was not there at the start is used after a restart. */
function followCards(found: Hardware, devices: readonly DeviceSpec[], transcoder: MediaTranscoder, health: Health): void {
  for (const gpu of found.gpus) transcoder.setUsable(gpu.uuid, gpu.state === 'ok');
  const added = found.gpus.filter((gpu) => isReady(gpu) && !devices.some(({ id }) => id === gpu.uuid));
  if (added.length === 0) {
    health.clear('gpu-added');
    return;
  }
  health.set({
    key: 'gpu-added',
    code: 'not-ready',
    severity: 'info',
    title: added.length === 1 ? `${added[0]?.name} was found` : `${added.length} more GPUs were found`,
    text: 'Work goes on with the cards that were there when Siphon started.',
    nextStep: 'Restart Siphon to use it: siphon stop, then siphon run.',
  });
}

async function measure(transcoder: MediaTranscoder, store: Store, key: string, log: Log, signal: AbortSignal): Promise<void> {
  log.info('measuring how many streams this machine can take (once, at most 20 s a device)');
  try {
    const capacity = await transcoder.measureCapacity({ signal });
    store.setValue(key, transcoder.measured);
    log.info({ sessions: capacity.sessions }, 'capacity measured');
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, 'the capacity could not be measured; a careful guess is used');
  }
}

function limitsOf(config: Config, service: HardwareService): CapacityLimits {
  const practice = config.deploymentType === 'practice' && config.capacity === 'auto' ? config.practice.sessions : undefined;
  const configured = config.capacity === 'auto' ? practice : config.capacity;
  return {
    ...(configured === undefined ? {} : { configured }),
    ...boundsOf(config, service),
  };
}

/** What bounds the machine whatever number of streams somebody wants. */
function boundsOf(config: Config, service: HardwareService): CapacityLimits {
  return {
    nvencSessions: service.meter?.budget?.total ?? null,
    ...(config.uploadMbps === 'auto' ? {} : { uploadBitsPerSecond: config.uploadMbps * 1e6 }),
  };
}

/** Shows the capacity when it changed, and which devices rest after failing again and again. Returns whether it changed. */
function publish(transcoder: MediaTranscoder, state: EngineState, health: Health, log: Log): boolean {
  const { capacity } = transcoder;
  const before = state.snapshot.capacity;
  if (before && JSON.stringify(before) === JSON.stringify(capacity)) return false;
  state.change({ capacity });
  showQuarantines(capacity, before, health, log);
  return true;
}

function showQuarantines(capacity: Capacity, before: Capacity | null, health: Health, log: Log): void {
  for (const { device, quarantined } of capacity.devices) {
    const was = before?.devices.find((other) => other.device === device)?.quarantined ?? false;
    const key = `gpu-quarantined:${device}`;
    if (!quarantined) {
      health.clear(key);
      if (was) log.info({ device }, 'device is back at work');
      continue;
    }
    health.set({
      key,
      code: 'gpu-quarantined',
      severity: 'error',
      title: device === 'cpu' ? 'The CPU encoder rests' : 'A GPU rests after failing',
      text: `${device} failed several segments in a row and gets no work for now; other devices go on. It is tried again by itself.`,
      nextStep: 'If it keeps happening, see the log for the reason, and check the driver, temperature and power of the card.',
    });
  }
}
