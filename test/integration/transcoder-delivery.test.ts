import { afterEach, describe, expect, test } from 'vitest';
import type { OutputListener, TranscodeJob, TranscodeOptions } from '../../engine/api/media.ts';
import { Backoff } from '../../engine/base/backoff.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { receiveResults } from '../../engine/wire/received-results.ts';
import { FakeOrchestrator, type FakeOrchestratorOptions, type PostedResult, profile } from '../support/fake-orchestrator.ts';
import { RecordingObserver } from '../support/recording-observer.ts';
import { StubTranscoder, stubResult, type WholeJob } from '../support/stub-transcoder.ts';

let owned = new Disposables();

afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

const PROFILES = [profile({ name: 'a' }), profile({ name: 'b' })];

/** A client whose transcoder does `work` with whoever listens to its output, on one task of two renditions. */
async function setup(work: (output: OutputListener, job: TranscodeJob) => Promise<void>, options: FakeOrchestratorOptions = {}) {
  const fake = owned.use(await FakeOrchestrator.start(options));
  const observer = new RecordingObserver();
  const transcoder = new StubTranscoder({
    work: async (job, { output }: TranscodeOptions) => {
      if (output) await work(output, job);
      return stubResult(job);
    },
  });
  const made = owned.use(
    new TranscoderClient({
      address: fake.address,
      secret: 's3cret',
      transcoder,
      observer,
      backoff: new Backoff({ initialMs: 20, factor: 1.5, maxMs: 200, jitter: 0.5 }),
    }),
  );
  await made.start();
  await observer.untilLink('registered');
  return { fake, observer, begin: () => fake.task(0, { profiles: PROFILES }) };
}

async function texts(result: PostedResult | undefined): Promise<readonly string[]> {
  async function* once() {
    yield result?.body ?? Buffer.alloc(0);
  }
  const received = await receiveResults(once(), String(result?.headers['content-type']));
  return received.map(({ data, pixels }) => `${Buffer.from(data)} ${pixels}`);
}

const SOURCE = stubResult({ profiles: [], input: new Uint8Array() } as unknown as WholeJob).source;

function counted(output: OutputListener, index: number): void {
  output.counted(index, { width: 2, height: 2, frames: 5, pixels: 20 + index });
}

describe('a result while it is being made', () => {
  test('what is there is on its way before the rest is made, and the orchestrator reads it as any other', async () => {
    let arrived = () => {};
    const beginning = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { fake, observer, begin } = await setup(
      async (output) => {
        output.bytes(0, Buffer.from('fir'));
        output.decoded(SOURCE);
        counted(output, 0);
        // The rest is made only once the orchestrator has seen the beginning.
        await beginning;
        output.bytes(1, Buffer.from('second'));
        counted(output, 1);
        output.bytes(0, Buffer.from('st'));
        output.complete(0);
        output.complete(1);
      },
      {
        onResultStart: (request) => {
          request.once('readable', arrived);
          return false;
        },
      },
    );
    begin();
    const [record] = await observer.untilEnded(1);
    expect(record?.state).toBe('done');
    expect(fake.results).toHaveLength(1);
    expect(fake.results[0]?.headers).toMatchObject({ pixels: '55296000', taskid: '0', 'transfer-encoding': 'chunked' });
    expect(fake.results[0]?.headers).not.toHaveProperty('content-length');
    expect(await texts(fake.results[0])).toEqual(['first 20', 'second 21']);
  });

  test('the connection breaks meanwhile: all of it is posted once more', async () => {
    let broken = 0;
    let retried = () => {};
    const again = new Promise<void>((resolve) => {
      retried = resolve;
    });
    const { fake, observer, begin } = await setup(
      async (output) => {
        output.decoded(SOURCE);
        output.bytes(0, Buffer.from('first'));
        counted(output, 0);
        await again;
        output.complete(0);
        counted(output, 1);
        output.bytes(1, Buffer.from('second'));
        output.complete(1);
      },
      {
        onResultStart: (request) => {
          if (broken > 0) {
            retried();
            return false;
          }
          broken += 1;
          request.once('data', () => request.socket.destroy());
          return true;
        },
      },
    );
    begin();
    expect((await observer.untilEnded(1))[0]?.state).toBe('done');
    expect(broken).toBe(1);
    expect(await texts(fake.results[0])).toEqual(['first 20', 'second 21']);
  });

  test('error: it fails after it was begun: the orchestrator sees it break off, and is told why', async () => {
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let brokenOff = 0;
    const { fake, observer, begin } = await setup(
      async (output) => {
        output.decoded(SOURCE);
        counted(output, 0);
        await beginning;
        throw new EngineError({ code: 'media-encoder-failed', message: 'no', details: { wireText: 'Encoder broke' } });
      },
      {
        onResultStart: (request) => {
          if (request.headers['transfer-encoding'] === undefined) return false;
          request.once('readable', begun);
          request.once('close', () => {
            brokenOff += 1;
          });
          return true;
        },
      },
    );
    begin();
    const [record] = await observer.untilEnded(1);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'media-encoder-failed' } });
    await expect.poll(() => brokenOff).toBe(1);
    expect(fake.results).toHaveLength(1);
    expect(fake.results[0]?.headers['content-type']).toBe('livepeer/transcoding-error');
    expect(fake.results[0]?.body.toString()).toBe('Encoder broke');
  });

  test('error: it is refused while it is made: the segment fails with the reason, and nothing is sent twice', async () => {
    let asked = 0;
    const { fake, observer, begin } = await setup(
      async (output) => {
        output.decoded(SOURCE);
        counted(output, 0);
        await new Promise((resolve) => setTimeout(resolve, 100));
        for (const index of [0, 1]) {
          counted(output, index);
          output.bytes(index, Buffer.from('x'));
          output.complete(index);
        }
      },
      {
        onResultStart: (_request, response) => {
          asked += 1;
          response.statusCode = 401;
          response.end('Unauthorized');
          return true;
        },
      },
    );
    begin();
    const [record] = await observer.untilEnded(1);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'upload-failed' } });
    expect(record?.error?.message).toContain('401 Unauthorized');
    expect(asked).toBe(1);
    expect(fake.results).toHaveLength(0);
  });
});
