import { describe, expect, test } from 'vitest';
import type { TranscodeJob, Transcoder } from '../../../engine/api/media.ts';
import { EngineError } from '../../../engine/base/errors.ts';
import type { SegmentJob } from '../../../engine/orchestrator/job.ts';
import { LocalTranscoder } from '../../../engine/orchestrator/local-transcoder.ts';
import { TranscoderManager } from '../../../engine/orchestrator/transcoder-manager.ts';
import { DEFAULT_CAPABILITIES } from '../../../engine/wire/capabilities.ts';
import { encodeSegData } from '../../../engine/wire/seg-data.ts';
import { fakeTs } from '../../support/fake-transcoder.ts';

const SIGNAL = new AbortController().signal;

function transcoder(
  work: (job: TranscodeJob, signal: AbortSignal | undefined) => Promise<Uint8Array>,
): Transcoder & { ended: string[] } {
  const ended: string[] = [];
  return {
    ended,
    capabilities: DEFAULT_CAPABILITIES,
    capacity: { sessions: 2, source: 'default', devices: [] },
    endSession: (sessionId) => void ended.push(sessionId),
    async transcode(job, { signal }) {
      const data = await work(job, signal);
      return {
        source: {
          container: 'mpegts',
          codec: 'h264',
          width: 2,
          height: 2,
          fps: 1,
          durationMs: 1,
          hasAudio: false,
          frames: 5,
          pixels: 20,
        },
        renditions: job.profiles.map(({ name, container, codec }) => {
          return { name, container, codec, width: 2, height: 2, frames: 5, pixels: 20, bytes: data.length, data };
        }),
        device: { kind: 'cpu', id: 'cpu', name: 'CPU', encoder: 'libx264' },
        waitMs: 0,
        codecMs: 1,
        starvedMs: 0,
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function prepared(seq = 0n) {
  const job: SegmentJob = {
    manifestId: 'm',
    sessionId: 's',
    seq,
    data: Buffer.from('segment'),
    durationMs: 2_000,
    profiles: [
      {
        ...{ name: 'p', width: 2, height: 2, bitrate: 1, fps: 0, fpsDen: 1, container: 'mpegts', profile: 'default' },
        ...{ gop: 'default', codec: 'h264', quality: 0 },
      } as SegmentJob['profiles'][number],
    ],
  };
  return { job, segData: encodeSegData(job), url: 'https://unused' };
}

function setup(work: Parameters<typeof transcoder>[0]) {
  const local = transcoder(work);
  const manager = new TranscoderManager({ times: { minTaskMs: 500, lostGraceMs: 100 } });
  manager.join(new LocalTranscoder({ transcoder: local, serviceProvider: 'test' }));
  return { local, manager };
}

describe('the local transcoder', () => {
  test('works as a member like any other, on a copy of the segment', async () => {
    const { manager, local } = setup(async (job) => {
      // A worker may take the memory away.
      structuredClone(job.input, { transfer: [(job.input as Uint8Array).buffer as ArrayBuffer] });
      return fakeTs(1);
    });
    const task = prepared();
    const result = await manager.transcode(task, SIGNAL);
    expect(result).toMatchObject({ transcoderId: 'local', decodedPixels: 20, tries: 1 });
    expect(Buffer.from(task.job.data).toString()).toBe('segment');
    manager.endSession('s');
    expect(local.ended).toEqual(['s']);
  });

  test('its errors go to the gateway in the protocol’s words', async () => {
    const { manager } = setup(async () => {
      throw new EngineError({ code: 'media-no-video', message: 'no video', details: { wireText: 'TranscoderInvalidVideo' } });
    });
    await expect(manager.transcode(prepared(), SIGNAL)).rejects.toMatchObject({
      details: { wireText: 'TranscoderInvalidVideo', streamFault: true },
    });
  });

  test('an aborted segment aborts its work', async () => {
    const controller = new AbortController();
    const { manager } = setup((_job, signal) => {
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    });
    const pending = manager.transcode(prepared(), controller.signal);
    controller.abort(new Error('stop'));
    await expect(pending).rejects.toThrow('stop');
    expect(manager.inFlight).toBe(0);
  });
});
