import { describe, expect, test } from 'vitest';
import { NOTHING_KNOWN } from '../../../engine/api/availability.ts';
import type { OrchestratorView } from '../../../engine/api/orchestrator.ts';
import { EMPTY_TOTALS, type EngineSnapshot } from '../../../engine/api/snapshot.ts';
import { emptyEstimate } from '../../../engine/host/estimate.ts';
import { SETUP_DONE } from '../../../engine/host/setup.ts';
import { EngineMetrics } from '../../../engine/metrics/engine-metrics.ts';
import { Counter, Gauge, Histogram, renderMetrics } from '../../../engine/metrics/metrics.ts';
import { orchestratorOf } from '../../support/fake-orchestrator-view.ts';
import { failedSegment, gpuSample, segment } from '../store/records.ts';

const SNAPSHOT: EngineSnapshot = {
  seq: 1,
  engine: { version: '0.1.0', startedAtMs: 1_764_000_000_500, pid: 1, dataDir: '/d', node: '24', ffmpeg: '8', platform: 'linux' },
  choices: { nodeMode: 'video', deploymentType: 'siphon', scale: 'one-gpu' },
  run: { state: 'running', sinceMs: 0, inFlight: 2 },
  link: { serviceUri: 'https://o', state: 'registered', sinceMs: 0, attempt: 0 },
  hardware: null,
  capacity: {
    sessions: 5,
    source: 'benchmark',
    devices: [{ device: 'GPU-1', sessions: 5, boundBy: 'speed', quarantined: true }],
  },
  sessions: [],
  segments: [],
  today: EMPTY_TOTALS,
  sinceStart: EMPTY_TOTALS,
  problems: [{ key: 'k', code: 'disk-full', severity: 'error', title: '', text: '', nextStep: '', sinceMs: 0 }],
  practice: null,
  previews: [],
  orchestrator: null,
  remote: null,
  fleet: [],
  availability: NOTHING_KNOWN,
  yesterday: EMPTY_TOTALS,
  setup: SETUP_DONE,
  estimate: emptyEstimate(),
};

/** Reads the text format strictly: every sample under its own HELP and TYPE, no line that is neither. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect(types.has(type[1] ?? '')).toBe(false);
      types.set(type[1] ?? '', type[2] ?? '');
      continue;
    }
    if (/^# HELP \w+ .+$/.test(line)) continue;
    const sample = /^(siphon_\w+)(\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (\S+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const name = sample?.[1] ?? '';
    const base = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    expect(types.has(base), line).toBe(true);
    values.set(`${name}${sample?.[2] ?? ''}`, Number((sample?.[3] ?? '').replace('+Inf', 'Infinity')));
  }
  return values;
}

describe('the text format', () => {
  test('label values are escaped and whatever they hold reads back as one sample', () => {
    const counter = new Counter('siphon_things_total', 'Back\\slash and\nnew line.');
    counter.add(2, { name: 'a "quoted"\\path\nnext' });
    expect(renderMetrics([counter])).toBe(
      '# HELP siphon_things_total Back\\\\slash and\\nnew line.\n# TYPE siphon_things_total counter\n' +
        'siphon_things_total{name="a \\"quoted\\"\\\\path\\nnext"} 2\n',
    );
    expect(parse(renderMetrics([counter])).size).toBe(1);
  });

  test('a histogram cumulates, counts a value on its bound there, and ends in +Inf', () => {
    const histogram = new Histogram('siphon_wait_seconds', 'Wait.', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7, Number.NaN]) histogram.observe(value, { hop: 'a' });
    const values = parse(renderMetrics([histogram]));
    expect([...values]).toEqual([
      ['siphon_wait_seconds_bucket{hop="a",le="0.1"}', 2],
      ['siphon_wait_seconds_bucket{hop="a",le="1"}', 3],
      ['siphon_wait_seconds_bucket{hop="a",le="+Inf"}', 4],
      ['siphon_wait_seconds_sum{hop="a"}', 7.65],
      ['siphon_wait_seconds_count{hop="a"}', 4],
    ]);
  });

  test('unknown values are absent, and the order of labels makes no second series', () => {
    const value = new Gauge('siphon_heat', 'Heat.');
    value.set(1, { a: 'x', b: 'y' });
    value.set(2, { b: 'y', a: 'x' });
    value.set(5, { a: 'gone', b: '' });
    value.set(null, { a: 'gone', b: '' });
    expect([...parse(renderMetrics([value])).values()]).toEqual([2]);
  });

  test('series are bounded: beyond the bound they are counted together', () => {
    const counter = new Counter('siphon_many_total', 'Many.');
    for (let index = 0; index < 2000; index += 1) counter.add(1, { id: String(index) });
    const values = parse(renderMetrics([counter]));
    expect(values.size).toBeLessThanOrEqual(501);
    expect(values.get('siphon_many_total{id="other"}')).toBe(1500);
    expect([...values.values()].reduce((sum, value) => sum + value)).toBe(2000);
  });

  test('names that break the rules are refused', () => {
    expect(() => new Counter('siphon_things', 'x')).toThrow(/_total/);
    expect(() => new Gauge('things', 'x')).toThrow(/siphon_/);
    expect(() => new Histogram('siphon_h', 'x', [1, 1])).toThrow(/ascend/);
    expect(() => new Counter('siphon_a_total', 'x').add(1, { 'bad-label': 'x' })).toThrow(/label/);
  });
});

describe("the engine's metrics", () => {
  test('start at zero without hardware, and every line is well formed', () => {
    const values = parse(new EngineMetrics().render({ ...SNAPSHOT, link: null, capacity: null }, 1000));
    expect(values.get('siphon_segments_total{result="done"}')).toBe(0);
    expect(values.get('siphon_encoded_pixels_total')).toBe(0);
    expect(values.has('siphon_orchestrator_registered')).toBe(false);
    expect(values.has('siphon_capacity_sessions')).toBe(false);
  });

  test('count delivered and failed segments apart', () => {
    const metrics = new EngineMetrics();
    metrics.segmentFinished(segment('a'));
    metrics.segmentFinished(segment('b'));
    metrics.segmentFinished(failedSegment('c', { sourceBytes: 10, encodedPixels: 999 }));
    const values = parse(metrics.render(SNAPSHOT, 1000));
    expect(values.get('siphon_segments_total{result="done"}')).toBe(2);
    expect(values.get('siphon_segment_failures_total{code="download-failed"}')).toBe(1);
    expect(values.get('siphon_encoded_pixels_total')).toBe(10_000_000_000);
    expect(values.get('siphon_received_bytes_total')).toBe(2_000_010);
    expect(values.get('siphon_sent_bytes_total')).toBe(1_520_000);
    expect(values.get('siphon_media_seconds_total')).toBeCloseTo(4.001);
    expect(values.get('siphon_segment_hop_seconds_count{hop="codec"}')).toBe(2);
    expect(values.get('siphon_segment_hop_seconds_sum{hop="codec"}')).toBeCloseTo(0.8);
    expect(values.get('siphon_segment_hop_seconds_bucket{hop="codec",le="0.25"}')).toBe(0);
    expect(values.get('siphon_segment_hop_seconds_bucket{hop="codec",le="0.5"}')).toBe(2);
  });

  test('show what stands now: state, link, capacity, problems, GPUs and the NVENC budget', () => {
    const gpu = { index: 0, pciBusId: '', memoryTotalBytes: 12e9, driverVersion: '550', abilities: null };
    const hardware = {
      detectedAtMs: 0,
      verdict: { kind: 'nvenc', title: '', text: '' },
      gpus: [
        { ...gpu, uuid: 'GPU-1', name: 'RTX "3060"', state: 'ok', sample: gpuSample(1, { powerW: null }) },
        { ...gpu, uuid: 'GPU-2', name: 'GTX', state: 'lost', sample: null },
      ],
      cpu: { model: '', cores: 2, memoryBytes: 1 },
      nvenc: { total: null, used: 3, ours: 2, testedUpTo: 16, measuredAtMs: 0 },
    } as const;
    const values = parse(new EngineMetrics().render({ ...SNAPSHOT, hardware }, 1000));
    expect(values.get('siphon_run_state{state="running"}')).toBe(1);
    expect(values.get('siphon_run_state{state="paused"}')).toBe(0);
    expect(values.get('siphon_orchestrator_registered')).toBe(1);
    expect(values.get('siphon_device_capacity_sessions{device="GPU-1"}')).toBe(0);
    expect(values.get('siphon_problems{severity="error"}')).toBe(1);
    expect(values.get('siphon_gpu_temperature_celsius{gpu="GPU-1",index="0",name="RTX \\"3060\\""}')).toBe(60);
    expect(values.get('siphon_gpu_encoder_ratio{gpu="GPU-1",index="0",name="RTX \\"3060\\""}')).toBe(0.5);
    expect([...values.keys()].filter((key) => key.startsWith('siphon_gpu_power_watts'))).toEqual([]);
    expect(values.get('siphon_gpu_up{gpu="GPU-2",index="0",name="GTX"}')).toBe(0);
    expect(values.has('siphon_nvenc_sessions_limit')).toBe(false);
    expect(values.get('siphon_nvenc_sessions_used')).toBe(3);
    expect(values.get('siphon_start_time_seconds')).toBe(1_764_000_000.5);
  });

  test('an orchestrator of its own shows its streams, its transcoders and its price; without one there are none of these', () => {
    const render = (orchestrator: OrchestratorView | null) =>
      parse(new EngineMetrics().render({ ...SNAPSHOT, orchestrator }, 1000));
    const values = render(orchestratorOf('busy', 0));
    expect(values.get('siphon_orchestrator_sessions')).toBe(7);
    expect(values.get('siphon_orchestrator_sessions_limit')).toBe(20);
    expect(values.get('siphon_orchestrator_transcoders')).toBe(3);
    expect(values.get('siphon_orchestrator_reachable')).toBe(1);
    expect(values.get('siphon_orchestrator_price_wei_per_pixel')).toBe(0.006);
    const draining = '{transcoder="transcoder-2",address="192.168.1.22"}';
    expect(values.get(`siphon_orchestrator_transcoder_capacity_sessions${draining}`)).toBe(0);
    expect(values.get('siphon_orchestrator_transcoder_round_trip_seconds{transcoder="local",address="local"}')).toBe(0.212);
    const waiting = render({
      ...orchestratorOf('idle', 0),
      reachability: { state: 'unknown', text: '', checkedAtMs: null },
      prices: { base: { text: '1XYZ', price: null }, perGateway: [], perCapability: [] },
    });
    expect(waiting.has('siphon_orchestrator_reachable')).toBe(false);
    expect(waiting.has('siphon_orchestrator_price_wei_per_pixel')).toBe(false);
    expect([...render(null).keys()].filter((key) => key.startsWith('siphon_orchestrator_s'))).toEqual([]);
  });
});
