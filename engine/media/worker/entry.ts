import { Socket } from 'node:net';
import { AV_LOG_ERROR } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { toWorkerFailure } from '../failure.ts';
import { generateSegments } from '../ffmpeg/generate.ts';
import { cutFile } from '../ffmpeg/segmenter.ts';
import type { SourceSegment } from '../source-types.ts';
import { type Message, MessageReader, writeMessage } from './channel.ts';
import type { WorkerRequest, WorkerResponse } from './protocol.ts';
import { Streams } from './streams.ts';

Log.setLevel(AV_LOG_ERROR);

/** Ends the process without running native destructors, which may not be safe while codecs still run on the pool. */
function leave(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

// The channel closes when the engine ends, however it ends; a worker never outlives its engine.
const channel = new Socket({ fd: 3, readable: true, writable: true });
channel.on('close', leave);
channel.on('end', leave);
channel.on('error', leave);

const send = (response: WorkerResponse, buffers: readonly Uint8Array[] = []): void => {
  writeMessage(channel, response, buffers);
};

const streams = new Streams();

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

function handle({ body }: Message<WorkerRequest>): void {
  if (body.kind === 'setup') send({ kind: 'ready' });
  else if (body.kind === 'generate') void stream(body.id, generateSegments(body.parameters));
  else if (body.kind === 'cut-file') void stream(body.id, cutFile(body.path, body.parameters));
  else if (body.kind === 'taken') streams.taken(body.id);
  else if (body.kind === 'cancel') streams.close(body.id);
}

const reader = new MessageReader<WorkerRequest>(handle);
channel.on('data', (chunk: Buffer) => reader.push(chunk));
