import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Message, MessageReader, writeMessage } from '../../../engine/media/worker/channel.ts';

async function encoded(...messages: [unknown, Uint8Array[]][]): Promise<Buffer> {
  const stream = new PassThrough({ highWaterMark: 1 << 24 });
  for (const [body, buffers] of messages) writeMessage(stream, body, buffers);
  expect(stream.readableLength).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  return stream.read() as Buffer;
}

describe('messages between engine and worker', () => {
  const messages: [unknown, Uint8Array[]][] = [
    [{ kind: 'ready' }, []],
    [{ kind: 'a', text: 'ü' }, [Buffer.from('one'), new Uint8Array(0), Buffer.alloc(10_000, 7)]],
    [{ kind: 'b' }, [Buffer.from('last')]],
  ];

  test.each([1, 3, 7, 4096, 1 << 20])('arrive whole when cut into chunks of %i bytes', async (size) => {
    const bytes = await encoded(...messages);
    const got: Message<unknown>[] = [];
    const reader = new MessageReader<unknown>((message) => got.push(message));
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    expect(got.map(({ body }) => body)).toEqual(messages.map(([body]) => body));
    expect(got.map(({ buffers }) => buffers.map((buffer) => Buffer.from(buffer).toString('latin1')))).toEqual(
      messages.map(([, buffers]) => buffers.map((buffer) => Buffer.from(buffer).toString('latin1'))),
    );
  });

  test('a buffer given in pieces arrives as one', async () => {
    const stream = new PassThrough();
    writeMessage(stream, { kind: 'c' }, [[Buffer.from('in '), new Uint8Array(), Buffer.from('pieces')], Buffer.from('whole')]);
    await new Promise((resolve) => setImmediate(resolve));
    const got: string[] = [];
    const reader = new MessageReader<unknown>(({ buffers }) =>
      got.push(...buffers.map((buffer) => Buffer.from(buffer).toString())),
    );
    reader.push(stream.read() as Buffer);
    expect(got).toEqual(['in pieces', 'whole']);
  });

  test.each([1, 5, 4096, 1 << 20])('a buffer can be given away as it comes, in chunks of %i bytes', async (size) => {
    const bytes = await encoded(
      [{ kind: 'a' }, [Buffer.from('kept')]],
      [{ kind: 'b' }, [Buffer.from('given'), Buffer.from(' away')]],
      [{ kind: 'b', empty: true }, [new Uint8Array()]],
      [{ kind: 'b', none: true }, []],
      [{ kind: 'c' }, [Buffer.alloc(9000, 7)]],
    );
    const got: unknown[] = [];
    let given = '';
    const reader = new MessageReader<{ kind: string }>(
      ({ body, buffers }) => got.push([body, given, buffers.map(({ length }) => length)]),
      ({ kind }) =>
        kind === 'b'
          ? (part) => {
              given += Buffer.from(part).toString();
            }
          : undefined,
    );
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    expect(got).toEqual([
      [{ kind: 'a' }, '', [4]],
      [{ kind: 'b' }, 'given away', []],
      [{ kind: 'b', empty: true }, 'given away', []],
      [{ kind: 'b', none: true }, 'given away', []],
      [{ kind: 'c' }, 'given away', [9000]],
    ]);
  });

  test('nonsense is noticed at once', () => {
    const reader = new MessageReader<unknown>(() => {});
    expect(() => reader.push(Buffer.alloc(64, 1))).toThrow('out of step');
  });
});
