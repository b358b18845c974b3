import type { Hardware } from '../api/hardware.ts';
import type { EngineSnapshot, Hops, SegmentRecord } from '../api/snapshot.ts';
import { Counter, Gauge, Histogram, renderMetrics } from './metrics.ts';
import { orchestratorGauges } from './orchestrator-metrics.ts';

/** Upper bounds of the time metrics, seconds: from loopback's milliseconds to the longest deadline. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Upper bounds of the real-time factor: 1 is real time, 1.25 the rule's limit (ratio 0.8). */
const FACTORS = [0.25, 0.5, 0.8, 1, 1.25, 2, 4, 8, 16, 32];

/** Labels of the hops, by their names in the contract. */
const HOPS: ReadonlyArray<readonly [keyof Hops, string]> = [
  ['admitMs', 'admit'],
  ['downloadMs', 'download'],
  ['handoffMs', 'handoff'],
  ['codecMs', 'codec'],
  ['uploadMs', 'upload'],
  ['totalMs', 'total'],
];

/**
 * The engine's metrics: segments as they finish are handed in, what stands (sessions, GPUs, capacity, link) is read from
 * the snapshot at each scrape. Units are Prometheus' base units: seconds, bytes, ratios 0–1.
 */
export class EngineMetrics {
  readonly #segments = new Counter('siphon_segments_total', 'Finished segments by result.');
  readonly #failures = new Counter('siphon_segment_failures_total', 'Failed segments by error code.');
  readonly #hops = new Histogram('siphon_segment_hop_seconds', 'Time each hop of a delivered segment took.', SECONDS);
  readonly #factors = new Histogram(
    'siphon_segment_realtime_factor',
    'Segment duration by total time; above 1 is faster than real time.',
    FACTORS,
  );
  readonly #encoded = new Counter('siphon_encoded_pixels_total', 'Pixels encoded in delivered segments: what is paid for.');
  readonly #decoded = new Counter('siphon_decoded_pixels_total', 'Pixels decoded in delivered segments.');
  readonly #bytesIn = new Counter('siphon_received_bytes_total', 'Source bytes downloaded.');
  readonly #bytesOut = new Counter('siphon_sent_bytes_total', 'Rendition bytes delivered.');
  readonly #media = new Counter('siphon_media_seconds_total', 'Source video transcoded and delivered.');

  constructor() {
    // Rates need a zero to start from.
    for (const result of ['done', 'failed']) this.#segments.add(0, { result });
    for (const counter of [this.#encoded, this.#decoded, this.#bytesIn, this.#bytesOut, this.#media]) counter.add(0);
  }

  /** Counts one finished segment (`done` or `failed`), once. */
  segmentFinished(segment: SegmentRecord): void {
    const device = segment.device?.id ?? 'none';
    this.#segments.add(1, { result: segment.state });
    this.#bytesIn.add(segment.sourceBytes);
    if (segment.state !== 'done') {
      this.#failures.add(1, { code: segment.error?.code ?? 'internal' });
      return;
    }
    for (const [hop, label] of HOPS) {
      const ms = segment.hops[hop];
      if (ms !== undefined) this.#hops.observe(ms / 1000, { hop: label });
    }
    if (segment.realtimeFactor !== undefined) this.#factors.observe(segment.realtimeFactor, { device });
    this.#encoded.add(segment.encodedPixels);
    this.#decoded.add(segment.decodedPixels);
    this.#bytesOut.add(segment.renditions.reduce((sum, rendition) => sum + rendition.bytes, 0));
    this.#media.add(segment.durationMs / 1000);
  }

  /** The text of `/metrics` at this moment. `residentBytes` is the process's own memory (RSS). */
  render(snapshot: EngineSnapshot, residentBytes: number): string {
    const counted = [
      this.#segments,
      this.#failures,
      this.#hops,
      this.#factors,
      this.#encoded,
      this.#decoded,
      this.#bytesIn,
      this.#bytesOut,
      this.#media,
    ];
    return renderMetrics([
      ...counted,
      ...standing(snapshot, residentBytes),
      ...(snapshot.hardware ? gpus(snapshot.hardware) : []),
      ...(snapshot.orchestrator ? orchestratorGauges(snapshot.orchestrator) : []),
    ]);
  }
}

function gauge(
  name: string,
  help: string,
  values: ReadonlyArray<readonly [number | null, Readonly<Record<string, string>>?]>,
): Gauge {
  const result = new Gauge(name, help);
  for (const [value, labels] of values) result.set(value, labels);
  return result;
}

function standing(snapshot: EngineSnapshot, residentBytes: number): Gauge[] {
  const { engine, run, link, capacity, sessions, problems } = snapshot;
  const states = ['starting', 'running', 'draining', 'paused', 'stopped'] as const;
  const severities = ['info', 'warning', 'error'] as const;
  return [
    gauge('siphon_build_info', 'Always 1; the version as a label.', [
      [1, { version: engine.version, platform: engine.platform }],
    ]),
    gauge('siphon_start_time_seconds', 'When the engine started, seconds since the Unix epoch.', [[engine.startedAtMs / 1000]]),
    gauge('siphon_resident_memory_bytes', 'Memory of the engine process (without its workers).', [[residentBytes]]),
    gauge(
      'siphon_run_state',
      '1 for the state the engine is in.',
      states.map((state) => [run.state === state ? 1 : 0, { state }]),
    ),
    gauge('siphon_segments_in_flight', 'Segments running now.', [[run.inFlight]]),
    gauge('siphon_sessions', 'Sessions (streams) that are live now.', [
      [sessions.filter((session) => session.endedAtMs === undefined).length],
    ]),
    gauge('siphon_orchestrator_registered', '1 while registered with the orchestrator.', [
      [link ? (link.state === 'registered' ? 1 : 0) : null],
    ]),
    gauge('siphon_capacity_sessions', 'Sessions this machine offers.', [[capacity?.sessions ?? null]]),
    gauge(
      'siphon_device_capacity_sessions',
      'Sessions each device can take; 0 while it is quarantined.',
      (capacity?.devices ?? []).map(({ device, sessions: count, quarantined }) => [quarantined ? 0 : count, { device }]),
    ),
    gauge(
      'siphon_problems',
      'Standing problems by severity.',
      severities.map((severity) => [problems.filter((problem) => problem.severity === severity).length, { severity }]),
    ),
  ];
}

function gpus({ gpus: cards, nvenc }: Hardware): Gauge[] {
  const labels = cards.map(({ uuid, index, name }) => ({ gpu: uuid, index: String(index), name }));
  const perGpu = (name: string, help: string, read: (card: (typeof cards)[number]) => number | null | undefined): Gauge =>
    gauge(
      name,
      help,
      cards.map((card, index) => [read(card) ?? null, labels[index] ?? {}]),
    );
  const ratio = (percent: number | null | undefined): number | null => (percent == null ? null : percent / 100);
  return [
    perGpu('siphon_gpu_up', '1 while the card works.', (card) => (card.state === 'ok' ? 1 : 0)),
    perGpu('siphon_gpu_temperature_celsius', 'Temperature of the card.', (card) => card.sample?.temperatureC),
    perGpu('siphon_gpu_power_watts', 'Power the card draws.', (card) => card.sample?.powerW),
    perGpu('siphon_gpu_power_limit_watts', 'Power limit of the card.', (card) => card.sample?.powerLimitW),
    perGpu('siphon_gpu_utilisation_ratio', 'Use of the compute units.', (card) => ratio(card.sample?.utilisationPercent)),
    perGpu('siphon_gpu_encoder_ratio', 'Use of NVENC.', (card) => ratio(card.sample?.encoderPercent)),
    perGpu('siphon_gpu_decoder_ratio', 'Use of NVDEC.', (card) => ratio(card.sample?.decoderPercent)),
    perGpu('siphon_gpu_memory_used_bytes', 'Memory in use on the card.', (card) => card.sample?.memoryUsedBytes),
    perGpu('siphon_gpu_memory_bytes', 'Memory of the card.', (card) => card.memoryTotalBytes),
    perGpu('siphon_gpu_nvenc_sessions', 'NVENC sessions on the card, all programs.', (card) => card.sample?.nvencSessions),
    gauge('siphon_nvenc_sessions_limit', 'NVENC sessions the system was found to allow; absent = no limit met.', [
      [nvenc?.total ?? null],
    ]),
    gauge('siphon_nvenc_sessions_used', 'NVENC sessions in use, all programs where the driver tells.', [[nvenc?.used ?? null]]),
    gauge('siphon_nvenc_sessions_own', 'NVENC sessions of this engine.', [[nvenc?.ours ?? null]]),
  ];
}
