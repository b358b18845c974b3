import { describe, expect, test } from 'vitest';
import type { VideoProfile } from '../../../engine/api/media.ts';
import { segmentError } from '../../../engine/orchestrator/faults.ts';
import type { SegmentJob, SegmentPort, SegmentResult } from '../../../engine/orchestrator/job.ts';
import { PracticeGateway, type PracticeGatewayParameters, type PracticeResult } from '../../../engine/practice/gateway.ts';
import type { PracticeSegment, PracticeSource } from '../../../engine/practice/practice-source.ts';
import { fakeTs } from '../../support/fake-transcoder.ts';

const PROFILE: VideoProfile = {
  name: '240p',
  width: 426,
  height: 240,
  bitrate: 250_000,
  fps: 0,
  fpsDen: 1,
  container: 'mpegts',
  profile: 'default',
  gop: 'default',
  codec: 'h264',
  quality: 0,
};

/** Two segments; shifting writes the offset into the first bytes, so that the orchestrator's side can see it. */
function source(durationMs = 2_000): PracticeSource {
  return {
    description: 'numbers',
    codec: 'h264',
    async *pass() {
      for (let index = 0; index < 2; index += 1) yield { data: mark(0), durationMs, width: 1280, height: 720, fps: 30 };
    },
    shift: (segment: PracticeSegment, offsetMs: number) => ({ ...segment, data: mark(offsetMs) }),
  };
}

function mark(offsetMs: number): Uint8Array {
  const data = Buffer.alloc(8);
  data.writeDoubleBE(offsetMs);
  return data;
}

interface Setup {
  readonly jobs: SegmentJob[];
  readonly ended: string[];
  readonly results: PracticeResult[];
  readonly gateway: PracticeGateway;
}

/** A gateway on a port that answers as told. */
function setup(
  answer: (job: SegmentJob, call: number) => Uint8Array | Error,
  parameters: Partial<PracticeGatewayParameters> = {},
): Setup {
  const jobs: SegmentJob[] = [];
  const ended: string[] = [];
  const results: PracticeResult[] = [];
  const port: SegmentPort = {
    submit: async (job): Promise<SegmentResult> => {
      jobs.push(job);
      const outcome = answer(job, jobs.length);
      if (outcome instanceof Error) throw outcome;
      const renditions = [{ name: '240p', container: 'mpegts' as const, data: outcome, pixels: 1 }];
      return { renditions, decodedPixels: 1, transcoderId: 't', tries: 1, tookMs: 1 };
    },
    endSession: (sessionId) => ended.push(sessionId),
  };
  const gateway = new PracticeGateway({
    port,
    source: source(),
    profiles: [PROFILE],
    sessions: 1,
    pace: 'flat-out',
    ...parameters,
  });
  gateway.onResult((result) => results.push(result));
  return { jobs, ended, results, gateway };
}

const good = () => fakeTs(4);

describe('the practice gateway', () => {
  test('plays the video over and over with time stamps that run on', async () => {
    const { gateway, jobs, ended } = setup(good, { limit: 5 });
    await gateway.run();
    expect(gateway.counts).toEqual({ submitted: 5, succeeded: 5, failed: 0, waiting: 0 });
    expect(jobs.map(({ data }) => Buffer.from(data).readDoubleBE())).toEqual([0, 0, 4_000, 4_000, 8_000]);
    expect(jobs.map(({ seq }) => seq)).toEqual([0n, 1n, 2n, 3n, 4n]);
    expect(ended).toEqual([jobs[0]?.sessionId]);
  });

  test('the limit counts over all sessions, each with an id of its own', async () => {
    const { gateway, jobs } = setup(good, { limit: 7, sessions: 3 });
    await gateway.run();
    expect(jobs).toHaveLength(7);
    expect(new Set(jobs.map(({ sessionId }) => sessionId)).size).toBe(3);
    expect(new Set(jobs.map(({ manifestId }) => manifestId))).toEqual(new Set(['practice-1', 'practice-2', 'practice-3']));
  });

  test('asks for the capabilities that the video and the profiles need', async () => {
    const { gateway, jobs } = setup(good, { limit: 1, source: { ...source(), codec: 'hevc' } });
    await gateway.run();
    // MPEG-TS, auth token, HEVC decode, and H.264 for the output.
    expect(jobs[0]?.capabilities?.bitstring).toEqual([BigInt((1 << 0) | (1 << 1) | (1 << 12) | (1 << 15))]);
  });

  test('a segment that fails is tried three times', async () => {
    const failing = setup(() => segmentError('transcoder-failed', 'disk full', 'The transcoder answered: disk full'), {
      limit: 1,
    });
    await failing.gateway.run();
    expect(failing.jobs).toHaveLength(3);
    expect(failing.results[0]).toMatchObject({ attempts: 3, error: { code: 'transcoder-failed' }, renditions: [] });
    const recovering = setup((_job, call) => (call < 3 ? new Error('once') : good()), { limit: 1 });
    await recovering.gateway.run();
    expect(recovering.gateway.counts).toMatchObject({ succeeded: 1, failed: 0 });
    expect(recovering.results[0]).toMatchObject({ attempts: 3 });
  });

  test('a segment that is itself to blame is not tried again', async () => {
    const { gateway, jobs } = setup(() => segmentError('transcoder-failed', 'TranscoderInvalidVideo', 'bad'), { limit: 1 });
    await gateway.run();
    expect(jobs).toHaveLength(1);
    expect(gateway.counts).toMatchObject({ failed: 1 });
  });

  test('a rendition that cannot be played counts as a failure', async () => {
    const { gateway, results } = setup(() => new Uint8Array(188), { limit: 1 });
    await gateway.run();
    expect(results[0]?.error?.message).toBe('The rendition 240p cannot be played: no MPEG-TS stream');
  });

  test('without a transcoder a stream waits and does not fail', async () => {
    const { gateway, jobs } = setup(
      (_job, call) => (call < 3 ? segmentError('no-transcoder', 'no transcoders available', 'nobody') : good()),
      { limit: 1 },
    );
    const waiting: number[] = [];
    const reasons = new Set<string | undefined>();
    gateway.onChange((counts) => {
      waiting.push(counts.waiting);
      reasons.add(counts.waitingReason);
    });
    await gateway.run();
    expect(jobs).toHaveLength(3);
    expect(gateway.counts).toEqual({ submitted: 1, succeeded: 1, failed: 0, waiting: 0 });
    expect(Math.max(...waiting)).toBe(1);
    expect([...reasons]).toEqual([undefined, 'nobody']);
  });

  test('at real-time pace, segments come as a live stream has them', async () => {
    const { gateway } = setup(good, { limit: 4, pace: 'real-time', source: source(100) });
    const started = performance.now();
    await gateway.run();
    expect(performance.now() - started).toBeGreaterThan(280);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a paused gateway submits nothing until it goes on', async () => {
    const { gateway, jobs } = setup(good, { limit: 3 });
    gateway.pause();
    const running = gateway.run();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(jobs).toHaveLength(0);
    gateway.resume();
    await running;
    expect(jobs).toHaveLength(3);
  });

  test('disposing of it ends all sessions, even while it waits or is paused', async () => {
    const { gateway, ended } = setup(() => segmentError('no-transcoder', 'no transcoders available', 'nobody'), { sessions: 2 });
    const running = gateway.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await gateway[Symbol.asyncDispose]();
    await running;
    expect(ended).toHaveLength(2);
    const paused = setup(good);
    paused.gateway.pause();
    const pausedRun = paused.gateway.run();
    await paused.gateway[Symbol.asyncDispose]();
    await pausedRun;
    expect(paused.jobs).toHaveLength(0);
  });

  test('a video without segments is said to be empty', async () => {
    const empty: PracticeSource = { ...source(), description: 'nothing.mp4', async *pass() {} };
    const { gateway } = setup(good, { source: empty });
    await expect(gateway.run()).rejects.toMatchObject({ code: 'media-empty' });
  });
});
