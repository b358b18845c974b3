import { Socket } from 'node:net';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import type { OutputListener, TranscodeJob } from '../../api/media.ts';
import { toWorkerFailure } from '../ffmpeg/failure.ts';
import { factsOf, remuxToMp4 } from '../ffmpeg/file.ts';
import { generateSegments } from '../ffmpeg/generate.ts';
import { GrowingBytes } from '../ffmpeg/growing-bytes.ts';
import { cutFile } from '../ffmpeg/segmenter.ts';
import type { SourceSegment } from '../source-types.ts';
import { type Message, MessageReader, writeMessage } from './channel.ts';
import type { WorkerRequest, WorkerResponse, WorkerSetup } from './protocol.ts';
import { Streams } from './streams.ts';
import { TranscodeService } from './transcode-service.ts';

/** Bytes read from the engine at once, more than a pipe holds. */
const READ_BYTES = 256 * 1024;

Log.setLevel(AV_LOG_ERROR);

/** Ends the process without running native destructors, which may not be safe while codecs still run on the pool. */
function leave(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

// A terminal's Ctrl-C and a service manager's stop reach the whole group; the engine then still has segments to finish with this
// worker, and ends it itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const reader = new MessageReader<WorkerRequest>(handle, (body) =>
  body.kind === 'input' ? (part) => incoming.get(body.id)?.add(part) : undefined,
);

// The channel closes when the engine ends, however it ends; a worker never outlives its engine.
const channel = new Socket({
  fd: 3,
  readable: true,
  writable: true,
  // Read into one buffer: new ones would soon make V8 collect all of its memory.
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (bytes, buffer) => {
      reader.push(buffer.subarray(0, bytes));
      return true;
    },
  },
});
channel.on('close', leave);
channel.on('end', leave);
channel.on('error', leave);

const send = (response: WorkerResponse, buffers: readonly Uint8Array[] = []): void => {
  writeMessage(channel, response, buffers);
};

const streams = new Streams();
/** Segments that are still coming in, by their jobs. */
const incoming = new Map<number, GrowingBytes>();
let transcoding: TranscodeService | undefined;

async function stream(id: number, source: AsyncIterable<SourceSegment>): Promise<void> {
  try {
    const turn = streams.open(id);
    for await (const { data, ...segment } of source) {
      if (!(await turn())) return;
      send({ kind: 'segment', id, segment }, [data]);
    }
    send({ kind: 'end', id });
  } catch (error) {
    send({ kind: 'failed', id, error: toWorkerFailure(error) });
  } finally {
    streams.close(id);
  }
}

/** Sends a job's output to the engine as it is made. */
function outputOf(id: number): OutputListener {
  return {
    decoded: (source) => send({ kind: 'decoded', id, source }),
    counted: (index, numbers) => send({ kind: 'counted', id, index, numbers }),
    bytes: (index, piece) => send({ kind: 'bytes', id, index }, [piece]),
    complete: (index, signature) => send({ kind: 'complete', id, index }, signature ? [signature] : []),
  };
}

async function transcode(id: number, job: Omit<TranscodeJob, 'input'>, progress: boolean): Promise<void> {
  using input = new GrowingBytes();
  incoming.set(id, input);
  try {
    if (!transcoding) throw new Error('not set up');
    const onProgress = progress ? (doneMs: number) => send({ kind: 'progress', id, doneMs }) : undefined;
    const answer = await transcoding.run(id, job, input, outputOf(id), onProgress);
    send({ kind: 'transcoded', id, answer });
  } catch (error) {
    send({ kind: 'failed', id, error: toWorkerFailure(error) });
  } finally {
    incoming.delete(id);
  }
}

async function answer(id: number, work: () => Promise<WorkerResponse>): Promise<void> {
  try {
    send(await work());
  } catch (error) {
    send({ kind: 'failed', id, error: toWorkerFailure(error) });
  }
}

function fail(fault: 'crash' | 'hang'): void {
  if (process.env.SIPHON_WORKER_FAULTS !== '1') return;
  if (fault === 'crash') process.abort();
  for (;;);
}

function setUp(setup: WorkerSetup): void {
  try {
    transcoding = new TranscodeService(setup);
    send({ kind: 'ready' });
  } catch (error) {
    // The engine reads the reason from stderr's last lines.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(3));
  }
}

function handle({ body }: Message<WorkerRequest>): void {
  if (body.kind === 'setup') setUp(body.setup);
  else if (body.kind === 'transcode') void transcode(body.id, body.job, body.progress);
  else if (body.kind === 'input-end') incoming.get(body.id)?.end();
  else if (body.kind === 'self-test') {
    const { id } = body;
    void answer(id, async () => ({ kind: 'self-tested', id, capabilities: (await transcoding?.selfTest()) ?? [] }));
  } else if (body.kind === 'probe-file') {
    const { id, path } = body;
    void answer(id, async () => ({ kind: 'file-facts', id, facts: await factsOf(path) }));
  } else if (body.kind === 'remux-file') {
    const { id, from, to } = body;
    void answer(id, async () => {
      await remuxToMp4(from, to);
      return { kind: 'remuxed', id };
    });
  } else if (body.kind === 'generate') void stream(body.id, generateSegments(body.parameters));
  else if (body.kind === 'cut-file') void stream(body.id, cutFile(body.path, body.parameters));
  else if (body.kind === 'taken') streams.taken(body.id);
  else if (body.kind === 'end-session') transcoding?.endSession(body.sessionId);
  else if (body.kind === 'fault') fail(body.fault);
  else if (body.kind === 'cancel') {
    streams.close(body.id);
    transcoding?.cancel(body.id);
  }
}
