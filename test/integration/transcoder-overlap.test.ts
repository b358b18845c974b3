import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { TranscodeJob, TranscodeOptions, TranscodeResult } from '../../engine/api/media.ts';
import { type Clock, systemClock } from '../../engine/base/clock.ts';
import { Disposables } from '../../engine/base/disposables.ts';
import { EngineError } from '../../engine/base/errors.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { FakeOrchestrator } from '../support/fake-orchestrator.ts';
import { RecordingObserver } from '../support/recording-observer.ts';
import { piecesOf, StubTranscoder, stubResult } from '../support/stub-transcoder.ts';

let owned = new Disposables();

afterEach(async () => {
  await owned[Symbol.asyncDispose]();
  owned = new Disposables();
});

const HALF = Buffer.alloc(50_000, 'half');

type Work = (pieces: AsyncIterator<readonly Uint8Array[]>, job: TranscodeJob, signal: AbortSignal) => Promise<TranscodeResult>;

/** Begins with the first bytes, as the real one does in a session it knows. */
class EagerTranscoder extends StubTranscoder {
  readonly #eager: Work;

  constructor(work: Work) {
    super();
    this.#eager = work;
  }

  override async transcode(job: TranscodeJob, { signal }: TranscodeOptions): Promise<TranscodeResult> {
    if (job.input instanceof Uint8Array) throw new Error('all at once');
    return this.#eager(piecesOf(job.input), job, signal ?? new AbortController().signal);
  }
}

/** A task whose segment's first half is served at once; what comes then is up to `then`. */
async function halfServed(work: Work, then: (response: ServerResponse) => Promise<void>, clock: Clock = systemClock) {
  const serving: Promise<void>[] = [];
  const fake = owned.use(
    await FakeOrchestrator.start({
      onSegment: (_request, response) => {
        response.setHeader('content-length', 2 * HALF.length);
        response.write(HALF);
        serving.push(then(response as ServerResponse));
      },
    }),
  );
  const observer = new RecordingObserver();
  const transcoder = new EagerTranscoder(work);
  const client = owned.use(new TranscoderClient({ address: fake.address, secret: 's3cret', transcoder, observer, clock }));
  await client.start();
  await observer.untilLink('registered');
  fake.task(1);
  const [result] = await fake.untilResults(1);
  const [record] = await observer.untilEnded(1);
  await Promise.all(serving);
  return { text: result?.body.toString(), record, states: observer.segments.map(({ state }) => state) };
}

const lengthOf = ({ value }: IteratorResult<readonly Uint8Array[], unknown>): number =>
  Array.isArray(value) ? value.reduce((sum: number, { length }: Uint8Array) => sum + length, 0) : Number.NaN;

const whole = (job: TranscodeJob) => stubResult({ ...job, input: Buffer.concat([HALF, HALF]) });

test('a segment is transcoded while the rest of it is still being downloaded', async () => {
  const begun = Promise.withResolvers<void>();
  // Time passes in the transcoder alone, so that the hops can be told exactly.
  let now = 0;
  const { record, states } = await halfServed(
    async (pieces, job) => {
      // However they are cut: the first half comes before the other is asked for.
      let bytes = 0;
      while (bytes < HALF.length) bytes += lengthOf(await pieces.next());
      expect(bytes).toBe(HALF.length);
      begun.resolve();
      for (let step = await pieces.next(); !step.done; step = await pieces.next()) bytes += lengthOf(step);
      expect(bytes).toBe(2 * HALF.length);
      now += 40;
      return { ...whole(job), codecMs: 5, starvedMs: 30 };
    },
    async (response) => {
      await begun.promise;
      await new Promise((resolve) => setTimeout(resolve, 40));
      response.end(HALF);
    },
    { nowMs: () => Date.now(), monotonicMs: () => now },
  );
  expect(states).toEqual(['downloading', 'transcoding', 'uploading', 'done']);
  expect(record?.sourceBytes).toBe(2 * HALF.length);
  // None is missing, and together they are the whole.
  expect(record?.hops).toEqual({ admitMs: 0, downloadMs: 30, handoffMs: 5, codecMs: 5, uploadMs: 0, totalMs: 40 });
});

test('a download that breaks off ends the transcoding, and is what the orchestrator is told', async () => {
  let reason: unknown;
  const { text, record } = await halfServed(
    async (pieces, _job, signal) => {
      await pieces.next();
      const rest = async () => {
        while (!(await pieces.next()).done);
      };
      await expect(rest()).rejects.toMatchObject({ code: 'download-failed' });
      reason = signal.reason;
      throw new Error('cut off in the middle of a picture');
    },
    async (response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.destroy();
    },
  );
  expect(text).toBe('unexpected EOF');
  expect(record).toMatchObject({ state: 'failed', error: { code: 'download-failed' } });
  expect(reason).toMatchObject({ code: 'download-failed' });
});

test('transcoding that fails ends the download', async () => {
  const { text, record } = await halfServed(
    async (pieces) => {
      await pieces.next();
      throw new EngineError({ code: 'media-no-video', message: 'No video.', details: { wireText: 'TranscoderInvalidVideo' } });
    },
    async (response) => {
      // The other half is never asked for: the connection is closed.
      await once(response, 'close');
      expect(response.writableFinished).toBe(false);
    },
  );
  expect(text).toBe('TranscoderInvalidVideo');
  expect(record).toMatchObject({ state: 'failed', error: { code: 'media-no-video' } });
});
