import type { Gpu, GpuAbilities, Hardware, NvencBudget, Probe } from '../api/hardware.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type EngineError, isAbortError, toEngineError } from '../base/errors.ts';
import { type Log, silentLog } from '../base/log.ts';
import { toSample } from './monitor.ts';
import { type MeasureParameters, measureNvencSessions } from './nvenc-measure.ts';
import type { NvidiaSmi } from './nvidia-smi.ts';
import { type ProbeParameters, probeAbilitiesOf } from './probe.ts';
import { type AbilityReport, AbilityReportSchema, type ProbeOutcome } from './probe-protocol.ts';
import { currentPlatform, type Platform } from './smi-errors.ts';
import type { MigSlice } from './smi-list.ts';
import type { SmiGpu, SmiLostGpu, SmiTable } from './smi-table.ts';
import { type CpuFacts, findNvidiaControllers, readCpu } from './system.ts';
import { decideVerdict, isReady } from './verdict.ts';

/** Where results of probes are kept between runs; the values are JSON. The host backs it by a file or the store. */
export interface ProbeCache {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** What detection uses; the defaults are the real things. */
export interface DetectParameters {
  readonly smi: Pick<NvidiaSmi, 'query' | 'migSlices'>;
  readonly cache?: ProbeCache;
  /** Part of the cache key: another FFmpeg may do what this one does not. E.g. node-av's version. */
  readonly ffmpegVersion?: string;
  /** True: try everything again, whatever the cache says. */
  readonly fresh?: boolean;
  /** Cards that are switched off, by UUID: they are listed and never opened; what they can do is known from earlier, or not. */
  readonly off?: ReadonlySet<string>;
  readonly platform?: Platform;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  readonly cpu?: (signal?: AbortSignal) => Promise<CpuFacts>;
  readonly controllers?: typeof findNvidiaControllers;
  readonly probe?: (parameters: ProbeParameters) => Promise<AbilityReport>;
  readonly measure?: (parameters: MeasureParameters) => Promise<NvencBudget>;
}

/** Change when what is tried, or how it is told, changes. */
const PROBE_VERSION = 1;
/** Causes that pass by themselves: such a result is not kept. */
const TRANSIENT = new Set(['sessions-full', 'out-of-memory', 'gpu-lost', 'unknown']);

interface Card {
  readonly gpu: Gpu;
  readonly row: SmiGpu;
}

/**
 * Finds the GPUs of this machine, tries what each can do, meets the NVENC session cap, and says in one sentence what it
 * all means. Never rejects for what is wrong with the hardware; rejects with the signal's reason.
 */
export async function detectHardware(parameters: DetectParameters): Promise<Hardware> {
  const {
    smi,
    signal,
    platform = currentPlatform(),
    clock = systemClock,
    log = silentLog,
    cpu = readCpu,
    controllers = findNvidiaControllers,
    measure = measureNvencSessions,
  } = parameters;
  const [cpuFacts, listed] = await Promise.all([cpu(signal), list(smi, log, clock, signal)]);
  const reports = new Map<string, AbilityReport>();
  const gpus: Gpu[] = [];
  // One after the other: two first CUDA calls at once make both slow, and the session cap is shared.
  for (const { gpu } of listed.cards) {
    const off = gpu.state === 'ok' && parameters.off?.has(gpu.uuid) === true;
    const probed = off
      ? { report: keptReport(gpu, parameters) ?? null, error: null }
      : gpu.state === 'ok'
        ? await probeCard(gpu, parameters)
        : { report: null, error: null };
    if (probed.report !== null) reports.set(gpu.uuid, probed.report);
    gpus.push({
      ...gpu,
      ...(off ? { state: 'disabled' as const } : {}),
      abilities: probed.report === null ? null : toAbilities(probed.report),
      ...(probed.error === null ? {} : { state: 'quarantined' as const, stateReason: probed.error.message }),
    });
  }
  const toolMissing = listed.error?.details?.kind === 'not-found';
  const nvidiaControllers =
    gpus.length > 0 ? [] : await controllers({ toolMissing, platform, ...(signal === undefined ? {} : { signal }) });
  const verdict = decideVerdict({ gpus, reports, lost: listed.lost, smiError: listed.error, nvidiaControllers, platform });
  const first = gpus.find(isReady);
  let nvenc: NvencBudget | null = null;
  if (first !== undefined) {
    const others = listed.cards.reduce((sum, { row }) => sum + (row.nvencSessions ?? 0), 0);
    nvenc = await measure({ uuid: first.uuid, others, clock, ...(signal === undefined ? {} : { signal }) }).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        log.warn({ err: error }, 'the NVENC session cap could not be measured');
        return null;
      },
    );
  }
  return { detectedAtMs: clock.nowMs(), verdict, gpus, cpu: cpuFacts, nvenc };
}

async function list(
  smi: DetectParameters['smi'],
  log: Log,
  clock: Clock,
  signal?: AbortSignal,
): Promise<{ readonly cards: readonly Card[]; readonly lost: readonly SmiLostGpu[]; readonly error: EngineError | null }> {
  let table: SmiTable;
  try {
    table = await smi.query(signal);
  } catch (error) {
    signal?.throwIfAborted();
    return { cards: [], lost: [], error: toEngineError(error, 'gpu-unreadable') };
  }
  let slices: readonly MigSlice[] = [];
  if (table.gpus.some(({ migEnabled }) => migEnabled === true)) {
    slices = await smi.migSlices(signal).catch((error: unknown) => {
      if (!isAbortError(error)) log.warn({ err: error }, 'the MIG slices could not be listed');
      return [];
    });
  }
  return { cards: table.gpus.flatMap((row) => toCards(row, slices, clock.nowMs())), lost: table.lost, error: null };
}

function toCards(row: SmiGpu, slices: readonly MigSlice[], atMs: number): Card[] {
  const gpu: Gpu = {
    uuid: row.uuid,
    index: row.index,
    name: row.name,
    pciBusId: row.pciBusId,
    memoryTotalBytes: row.memoryTotalBytes,
    driverVersion: row.driverVersion,
    state: row.lostReason === null ? 'ok' : 'lost',
    ...(row.lostReason === null ? {} : { stateReason: `The driver says: ${row.lostReason}.` }),
    abilities: null,
    sample: toSample(row, atMs),
  };
  const own = slices.filter(({ parentUuid }) => parentUuid === row.uuid);
  if (row.migEnabled !== true || own.length === 0) return [{ gpu, row }];
  // A card cut into slices cannot be opened as a whole. Heat and power are the card's; memory per slice is not told.
  return own.map((slice) => ({
    row: { ...row, nvencSessions: null },
    gpu: {
      ...gpu,
      uuid: slice.uuid,
      name: `${row.name} MIG ${slice.profile}`,
      memoryTotalBytes: null,
      sample: { ...toSample(row, atMs), uuid: slice.uuid, memoryUsedBytes: null, nvencSessions: null },
    },
  }));
}

async function probeCard(
  gpu: Gpu,
  parameters: DetectParameters,
): Promise<{ readonly report: AbilityReport | null; readonly error: EngineError | null }> {
  const { cache, fresh = false, log = silentLog, probe = probeAbilitiesOf, signal } = parameters;
  const kept = fresh ? undefined : keptReport(gpu, parameters);
  if (kept) return { report: kept, error: null };
  try {
    const report = await probe({ uuid: gpu.uuid, ...(signal === undefined ? {} : { signal }) });
    if (!isTransient(report)) cache?.set(cacheKey(gpu, parameters), report);
    return { report, error: null };
  } catch (error) {
    signal?.throwIfAborted();
    log.error({ err: error, uuid: gpu.uuid }, 'trying the GPU failed');
    return { report: null, error: toEngineError(error) };
  }
}

function keptReport(gpu: Gpu, parameters: DetectParameters): AbilityReport | undefined {
  return AbilityReportSchema.safeParse(parameters.cache?.get(cacheKey(gpu, parameters))).data;
}

function cacheKey(gpu: Gpu, { ffmpegVersion = '' }: DetectParameters): string {
  return `probe-${PROBE_VERSION} ${gpu.uuid} ${gpu.driverVersion} ${ffmpegVersion}`;
}

function isTransient({ device, encode, decode, scale }: AbilityReport): boolean {
  const outcomes = [device, ...Object.values(encode), ...Object.values(decode), scale];
  return outcomes.some((outcome) => !outcome.ok && TRANSIENT.has(outcome.cause));
}

function toAbilities({ encode, decode, scale }: AbilityReport): GpuAbilities {
  return {
    encode: { h264: toProbe(encode.h264), hevc: toProbe(encode.hevc), av1: toProbe(encode.av1) },
    decode: { h264: toProbe(decode.h264), hevc: toProbe(decode.hevc) },
    scale: toProbe(scale),
  };
}

function toProbe(outcome: ProbeOutcome): Probe {
  return outcome.ok ? { ok: true } : { ok: false, reason: outcome.reason };
}
