import type { ErrorInfo, Problem } from '../../engine/api/errors.ts';
import type { Gpu, GpuSample, Hardware } from '../../engine/api/hardware.ts';
import type { DeviceRef } from '../../engine/api/media.ts';
import {
  EMPTY_TOTALS,
  type EngineSnapshot,
  type Hops,
  type SegmentRecord,
  type SegmentState,
  type SessionRecord,
} from '../../engine/api/snapshot.ts';
import { availabilityOf } from './fake-availability.ts';
import { fakeEstimate } from './fake-estimate.ts';
import { orchestratorOf } from './fake-orchestrator-view.ts';

/** States of the engine that the page is looked at in. */
export const SCENARIOS = [
  'practice',
  'siphon',
  'problems',
  'refused',
  'paused',
  'empty',
  'starting',
  'burst',
  'solo',
  'split',
  'idle',
  'new',
  'resting',
] as const;
/** A state to look at. */
export type Scenario = (typeof SCENARIOS)[number];

/** Scenarios with an orchestrator of one's own. */
const ORCHESTRATES: ReadonlySet<Scenario> = new Set(['solo', 'split', 'idle']);

const CPU: DeviceRef = { kind: 'cpu', id: 'cpu', name: 'AMD Ryzen 7 5800X', encoder: 'libx264' };
const GIB = 1024 ** 3;

function gpuDevice(gpu: Gpu): DeviceRef {
  return { kind: 'gpu', id: gpu.uuid, name: gpu.name, encoder: 'h264_nvenc' };
}

const OK = { ok: true } as const;

function gpu(index: number, name: string, memoryGib: number, changes: Partial<Gpu> = {}): Gpu {
  const uuid = `GPU-0000000${index}-1234-5678-9abc-def012345678`;
  return {
    uuid,
    index,
    name,
    pciBusId: `00000000:0${index + 1}:00.0`,
    memoryTotalBytes: memoryGib * GIB,
    driverVersion: '570.133.07',
    state: 'ok',
    abilities: {
      encode: {
        h264: OK,
        hevc: OK,
        av1: name.includes('30') ? { ok: false, reason: 'This generation has no AV1 encoder.' } : OK,
      },
      decode: { h264: OK, hevc: OK },
      scale: OK,
    },
    sample: sampleOf(uuid, memoryGib, 0),
    ...changes,
  };
}

/** A reading that wanders with time, as real sensors do. */
export function sampleOf(uuid: string, memoryGib: number, tick: number): GpuSample {
  const wave = Math.sin(tick / 9 + uuid.charCodeAt(11));
  return {
    uuid,
    atMs: Date.now(),
    temperatureC: Math.round(58 + 7 * wave),
    powerW: Math.round(96 + 28 * wave),
    powerLimitW: 285,
    utilisationPercent: Math.round(34 + 14 * wave + Math.random() * 6),
    encoderPercent: Math.round(58 + 22 * wave + Math.random() * 8),
    decoderPercent: Math.round(31 + 9 * wave + Math.random() * 5),
    memoryUsedBytes: Math.round((0.22 + 0.04 * wave) * memoryGib * GIB),
    nvencSessions: 4,
  };
}

/** Three cards of different fortune. */
export const THREE_GPUS: readonly Gpu[] = [
  gpu(0, 'NVIDIA GeForce RTX 4090', 24),
  gpu(1, 'NVIDIA GeForce RTX 4070 Ti SUPER', 16),
  gpu(2, 'NVIDIA GeForce RTX 3060', 12),
];

function hardwareOf(scenario: Scenario, nowMs: number): Hardware | null {
  const cpu = { model: CPU.name, cores: 16, memoryBytes: 32 * GIB };
  if (scenario === 'starting') return null;
  if (['siphon', 'problems', 'paused', 'refused', 'burst', 'solo', 'split', 'idle', 'resting'].includes(scenario)) {
    const gpus =
      scenario === 'problems'
        ? THREE_GPUS.map((card, index): Gpu => {
            if (index === 1)
              return { ...card, state: 'lost', stateReason: 'The driver no longer answers for this card.', sample: null };
            if (index === 2)
              return { ...card, state: 'quarantined', stateReason: 'Three segments in a row failed on it.', abilities: null };
            return card;
          })
        : THREE_GPUS;
    return {
      detectedAtMs: nowMs,
      verdict: {
        kind: 'nvenc',
        title: 'Ready: 3 NVIDIA GPUs with NVENC',
        text: 'Decoding, scaling and encoding were tried on each card and run on the GPU.',
      },
      gpus,
      cpu,
      nvenc: {
        total: scenario === 'problems' ? 8 : 12,
        used: scenario === 'problems' ? 8 : 9,
        ours: scenario === 'problems' ? 5 : 8,
        testedUpTo: 16,
        measuredAtMs: nowMs - 95_000,
      },
    };
  }
  return {
    detectedAtMs: nowMs,
    verdict: {
      kind: 'cpu',
      title: 'No usable GPU found: working on the CPU',
      text: 'There is no NVIDIA driver on this machine, so x264 encodes on 16 CPU cores. That is fine for practice; orchestrators expect a GPU.',
      nextStep: 'With an NVIDIA card in this machine, install its driver (version 525 or newer), then press Look again.',
    },
    gpus: [],
    cpu,
    nvenc: null,
  };
}

const REFUSED: ErrorInfo = {
  code: 'orchestrator-secret-refused',
  message: 'the orchestrator refused the secret.',
  nextStep: 'Ask its operator for the current secret, then run siphon join again with it.',
};

function problemsOf(scenario: Scenario, nowMs: number): readonly Problem[] {
  if (scenario === 'refused')
    return [
      {
        key: 'link',
        code: 'orchestrator-secret-refused',
        severity: 'error',
        title: 'The orchestrator refused the secret',
        text: 'orchestrator.example:8935 answered that the secret is invalid. Siphon does not try again with the same one.',
        nextStep: 'Ask its operator for the current secret, then run siphon join again with it.',
        sinceMs: nowMs - 42_000,
      },
    ];
  if (scenario !== 'problems') return [];
  return [
    {
      key: 'gpu-lost:1',
      code: 'gpu-lost',
      severity: 'error',
      title: 'RTX 4070 Ti SUPER was lost',
      text: 'The driver stopped answering for this card (Xid 79: fallen off the bus). The other cards keep working.',
      nextStep: 'Check its power cables and seat, then restart the machine.',
      sinceMs: nowMs - 8 * 60_000,
    },
    {
      key: 'nvenc-sessions-full',
      code: 'nvenc-sessions-full',
      severity: 'warning',
      title: 'All NVENC sessions are in use',
      text: 'Other programs hold 3 of the 8 sessions that this driver allows.',
      nextStep: 'Close OBS or the other program that is recording, or take fewer streams.',
      sinceMs: nowMs - 70_000,
    },
  ];
}

const LADDERS: ReadonlyArray<ReadonlyArray<readonly [string, number, number]>> = [
  [
    ['240p', 426, 240],
    ['360p', 640, 360],
    ['720p', 1280, 720],
  ],
  [
    ['240p', 426, 240],
    ['360p', 640, 360],
    ['480p', 854, 480],
    ['720p', 1280, 720],
  ],
];

/** A session of a scenario; `index` chooses its device and ladder. */
export function sessionOf(scenario: Scenario, index: number, nowMs: number): SessionRecord {
  const practice = scenario === 'practice' || scenario === 'new';
  const ladder = LADDERS[index % LADDERS.length] ?? [];
  const card = THREE_GPUS[scenario === 'problems' ? 0 : index % THREE_GPUS.length];
  return {
    id: `session-${index}`,
    manifestId: practice ? `practice-${index + 1}` : `${(0x5a3c71 + index * 0x1f1f1f).toString(16)}f2`,
    startedAtMs: nowMs - (index + 2) * 97_000,
    lastSegmentAtMs: nowMs,
    segments: 40 + index * 17,
    failed: index === 2 ? 1 : 0,
    encodedPixels: 4.1e9 * (index + 1),
    profiles: ladder.map(([name]) => name),
    realtimeFactor: practice ? 2.4 : 7.6 - index,
    device: practice || !card ? CPU : gpuDevice(card),
  };
}

const ORDER: readonly SegmentState[] = ['downloading', 'transcoding', 'uploading', 'done'];

/** A segment of a session in one state of its life. */
export function segmentOf(
  session: SessionRecord,
  seq: number,
  state: SegmentState,
  startedAtMs: number,
  seed = seq,
): SegmentRecord {
  const noise = (salt: number) => ((Math.sin(seed * 12.9898 + salt * 78.233) * 43758.5453) % 1) * 0.5 + 0.75;
  const cpu = session.device?.kind === 'cpu';
  const reached = state === 'failed' ? 1 : ORDER.indexOf(state);
  const full = {
    admitMs: 1.4 * noise(1),
    downloadMs: (cpu ? 46 : 118) * noise(2),
    handoffMs: 4.2 * noise(3),
    codecMs: (cpu ? 690 : 131) * noise(4),
    uploadMs: (cpu ? 38 : 86) * noise(5),
  };
  const hops: Hops = {
    admitMs: full.admitMs,
    ...(reached >= 1 ? { downloadMs: full.downloadMs } : {}),
    ...(reached >= 2 ? { handoffMs: full.handoffMs, codecMs: full.codecMs } : {}),
    ...(reached >= 3 ? { uploadMs: full.uploadMs } : {}),
    ...(state === 'done' ? { totalMs: Object.values(full).reduce((sum, value) => sum + value, 0) } : {}),
    ...(state === 'failed' ? { totalMs: full.admitMs + full.downloadMs } : {}),
  };
  const ladder = LADDERS.find((rows) => rows.length === session.profiles.length) ?? LADDERS[0] ?? [];
  const renditions =
    state === 'done'
      ? ladder.map(([name, width, height]) => ({
          name,
          width,
          height,
          frames: 60,
          bytes: Math.round(width * height * 0.42 * noise(height)),
          pixels: width * height * 60,
        }))
      : [];
  return {
    id: `${session.id}:${seq}`,
    sessionId: session.id,
    manifestId: session.manifestId,
    seq,
    state,
    startedAtMs,
    durationMs: 2000,
    sourceBytes: Math.round(1_350_000 * noise(6)),
    ...(reached >= 1 ? { source: { width: 1920, height: 1080, fps: 30, codec: 'h264' } } : {}),
    decodedPixels: reached >= 2 ? 1920 * 1080 * 60 : 0,
    encodedPixels: renditions.reduce((sum, rendition) => sum + rendition.pixels, 0),
    renditions,
    hops,
    ...(state === 'done' && hops.totalMs ? { realtimeFactor: 2000 / hops.totalMs } : {}),
    ...(session.device ? { device: session.device } : {}),
    ...(state === 'failed'
      ? {
          error: {
            code: 'media-malformed' as const,
            message: 'The segment is cut off: its last packet ends after 412 of 1,316 bytes.',
            nextStep: 'Nothing to do here. If it happens with every stream, tell the orchestrator’s operator.',
          },
        }
      : {}),
  };
}

/** The state a scenario begins in, with `segments` finished ones behind it. */
export function snapshotOf(scenario: Scenario, nowMs: number, segments = 60): EngineSnapshot {
  const idle = ['empty', 'starting', 'refused', 'split', 'idle'].includes(scenario);
  const sessionCount = idle ? 0 : ['practice', 'new'].includes(scenario) ? 1 : 3;
  const sessions = Array.from({ length: sessionCount }, (_, index) => sessionOf(scenario, index, nowMs));
  const step = 2000 / Math.max(1, sessionCount);
  const past = idle
    ? []
    : Array.from({ length: segments }, (_, index) => {
        const session = sessions[index % sessionCount] as SessionRecord;
        const failed = scenario === 'problems' ? index % 9 === 2 : index === 17 && !['practice', 'new'].includes(scenario);
        return segmentOf(session, 900 - index, failed ? 'failed' : 'done', nowMs - 1500 - index * step);
      });
  const totals = idle
    ? EMPTY_TOTALS
    : {
        segments: 1284,
        failed: scenario === 'problems' ? 14 : 1,
        encodedPixels: 1.42e11,
        decodedPixels: 1.6e11,
        bytesIn: 1.73e9,
        bytesOut: 1.21e9,
        mediaMs: 1284 * 2000,
      };
  const practice = ['practice', 'empty', 'new'].includes(scenario);
  return {
    seq: 1,
    engine: {
      version: '0.1.0',
      startedAtMs: nowMs - 754_000,
      pid: 41_207,
      dataDir: '/home/mira/.local/share/siphon',
      node: '24.21.0',
      ffmpeg: '8.0',
      platform: 'linux x64',
    },
    choices: {
      nodeMode: 'video',
      deploymentType: practice ? 'practice' : scenario === 'split' ? 'ot-split' : ORCHESTRATES.has(scenario) ? 'solo' : 'siphon',
      scale: practice ? 'one-gpu' : 'several-gpus',
    },
    run:
      scenario === 'starting'
        ? { state: 'starting', sinceMs: nowMs, inFlight: 0 }
        : scenario === 'resting'
          ? {
              state: 'paused',
              sinceMs: nowMs - 90_000,
              reason: 'battery',
              text: 'The computer runs on battery.',
              also: ['The schedule is closed.'],
              automatic: true,
              inFlight: 0,
            }
          : scenario === 'paused'
            ? { state: 'paused', sinceMs: nowMs - 1000, reason: 'user', resumeAtMs: nowMs + 3_600_000, inFlight: 0 }
            : { state: 'running', sinceMs: nowMs - 750_000, inFlight: 0 },
    link:
      scenario === 'starting' || ORCHESTRATES.has(scenario)
        ? null
        : {
            serviceUri: practice ? 'https://127.0.0.1:41935' : 'https://orchestrator.example:8935',
            state: scenario === 'refused' ? 'refused' : 'registered',
            sinceMs: nowMs - 192_000,
            attempt: 0,
            ...(scenario === 'refused' ? { error: REFUSED } : {}),
          },
    availability: availabilityOf(
      { onBattery: scenario === 'resting', oneGoes: scenario === 'problems', hardware: hardwareOf(scenario, nowMs) },
      nowMs,
    ),
    hardware: hardwareOf(scenario, nowMs),
    capacity:
      scenario === 'starting'
        ? null
        : practice
          ? { sessions: 3, source: 'benchmark', devices: [{ device: 'cpu', sessions: 3, boundBy: 'speed', quarantined: false }] }
          : {
              sessions: 9,
              source: 'benchmark',
              devices: THREE_GPUS.map((card, index) => ({
                device: card.uuid,
                sessions: [5, 3, 1][index] ?? 1,
                boundBy: index === 0 ? 'nvenc' : 'speed',
                quarantined: scenario === 'problems' && index === 2,
              })),
            },
    sessions,
    segments: past,
    today: totals,
    yesterday: idle ? EMPTY_TOTALS : { ...totals, segments: 21_600, failed: 3, encodedPixels: 2.41e12, mediaMs: 21_600 * 2000 },
    sinceStart: totals,
    setup: { state: scenario === 'new' ? 'new' : 'done', step: 'machine' },
    estimate: fakeEstimate(!practice),
    problems: problemsOf(scenario, nowMs),
    practice: practice
      ? {
          sessions: 1,
          pace: 'real-time',
          source: 'generated clip, 1280×720 at 30 fps',
          submitted: totals.segments,
          succeeded: totals.segments - totals.failed,
          failed: totals.failed,
          serviceUri: 'https://127.0.0.1:41935',
          profiles: ['240p', '360p', '720p'],
        }
      : null,
    previews: [],
    remote: null,
    fleet: [],
    orchestrator: ORCHESTRATES.has(scenario)
      ? orchestratorOf(scenario === 'solo' ? 'busy' : scenario === 'split' ? 'split' : 'idle', nowMs)
      : null,
  };
}
