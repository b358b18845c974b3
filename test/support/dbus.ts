import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import process from 'node:process';

/**
 * Just enough of D-Bus (https://dbus.freedesktop.org/doc/dbus-specification.html) for tests to be a desktop: a session bus of their
 * own, and a client on it that owns names and answers calls.
 */
export interface TestBus extends AsyncDisposable {
  /** For `DBUS_SESSION_BUS_ADDRESS`. */
  readonly address: string;
}

/** Starts a session bus. Rejects when there is no `dbus-daemon`. */
export async function startBus(): Promise<TestBus> {
  const child = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('exit', (code) => reject(new Error(`dbus-daemon ended with ${code}`)));
    child.once('error', reject);
  });
  return { address, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await gone;
}

/** A call that came in. `body` reads its arguments in order. */
export interface BusCall {
  readonly sender: string;
  readonly path: string;
  readonly member: string;
  readonly body: BusReader;
}

/** What a call is answered with; undefined = an error, "no such method". */
export type BusAnswer = { readonly signature: string; readonly write: (writer: BusWriter) => void } | undefined;

const CALL = 1;
const RETURN = 2;
const ERROR = 3;
const SIGNAL = 4;
const [PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE] = [1, 2, 3, 4, 5, 6, 7, 8];

/** A client of a bus. */
export class BusClient implements Disposable {
  readonly #socket: Socket;
  readonly #answer: (call: BusCall) => BusAnswer;
  readonly #replies = new Map<number, () => void>();
  #serial = 0;
  #buffer = Buffer.alloc(0);
  #ready: (() => void) | undefined;

  private constructor(socket: Socket, answer: (call: BusCall) => BusAnswer) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on('data', (data) => this.#take(data));
    socket.on('error', () => {});
  }

  /** Connects and says hello. */
  static async connect(address: string, answer: (call: BusCall) => BusAnswer): Promise<BusClient> {
    const path = address.match(/(?:path|abstract)=([^,;]+)/)?.[1] ?? '';
    const socket = connect({ path: address.includes('abstract=') ? `\0${path}` : path });
    const client = new BusClient(socket, answer);
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    await new Promise<void>((resolve, reject) => {
      client.#ready = resolve;
      socket.once('error', reject);
      socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    });
    socket.write('BEGIN\r\n');
    await client.#askBus('Hello');
    return client;
  }

  /** Owns a well-known name from now on. */
  own(name: string): Promise<void> {
    return this.#askBus('RequestName', 'su', (writer) => writer.string(name).uint32(0));
  }

  /** Gives a name up. */
  disown(name: string): Promise<void> {
    return this.#askBus('ReleaseName', 's', (writer) => writer.string(name));
  }

  /** Sends a signal to everybody. */
  signal(path: string, name: string, member: string, signature: string, write: (writer: BusWriter) => void): void {
    this.#send(
      SIGNAL,
      [
        [PATH, 'o', path],
        [INTERFACE, 's', name],
        [MEMBER, 's', member],
      ],
      signature,
      write,
    );
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #askBus(member: string, signature = '', write: (writer: BusWriter) => void = () => {}): Promise<void> {
    const serial = this.#send(
      CALL,
      [
        [PATH, 'o', '/org/freedesktop/DBus'],
        [INTERFACE, 's', 'org.freedesktop.DBus'],
        [MEMBER, 's', member],
        [DESTINATION, 's', 'org.freedesktop.DBus'],
      ],
      signature,
      write,
    );
    return new Promise((resolve) => this.#replies.set(serial, resolve));
  }

  #send(
    type: number,
    fields: ReadonlyArray<readonly [code: number, type: string, value: string | number]>,
    signature: string,
    write: (writer: BusWriter) => void,
  ): number {
    this.#serial += 1;
    const body = new BusWriter();
    write(body);
    const all = signature === '' ? fields : [...fields, [SIGNATURE, 'g', signature] as const];
    const head = new BusWriter();
    for (const byte of ['l'.charCodeAt(0), type, 0, 1]) head.byte(byte);
    head.uint32(body.bytes.length).uint32(this.#serial);
    head.array(8, () => {
      for (const [code, kind, value] of all) head.align(8).byte(code).variant(kind, value);
    });
    head.align(8);
    this.#socket.write(Buffer.concat([head.bytes, body.bytes]));
    return this.#serial;
  }

  #take(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    if (this.#ready) {
      const line = this.#buffer.indexOf('\r\n');
      if (line < 0) return;
      this.#buffer = this.#buffer.subarray(line + 2);
      this.#ready();
      this.#ready = undefined;
    }
    while (this.#buffer.length >= 16) {
      const bodyLength = this.#buffer.readUInt32LE(4);
      const bodyAt = 16 + Math.ceil(this.#buffer.readUInt32LE(12) / 8) * 8;
      if (this.#buffer.length < bodyAt + bodyLength) return;
      const message = this.#buffer.subarray(0, bodyAt + bodyLength);
      this.#buffer = this.#buffer.subarray(bodyAt + bodyLength);
      this.#handle(message, bodyAt);
    }
  }

  #handle(message: Buffer, bodyAt: number): void {
    const fields = new Map<number, string | number>();
    const reader = new BusReader(message, 16);
    const endAt = 16 + message.readUInt32LE(12);
    while (reader.at < endAt) {
      reader.align(8);
      const code = reader.byte();
      fields.set(code, reader.variant());
    }
    const type = message.readUInt8(1);
    const replyTo = fields.get(REPLY_SERIAL ?? 0);
    if (type === RETURN || type === ERROR) this.#replies.get(Number(replyTo))?.();
    if (type !== CALL) return;
    const sender = String(fields.get(SENDER ?? 0));
    const body = new BusReader(message.subarray(bodyAt), 0);
    const [path, member] = [String(fields.get(PATH ?? 0)), String(fields.get(MEMBER ?? 0))];
    const answer = this.#answer({ sender, path, member, body });
    const reply = [
      [REPLY_SERIAL ?? 0, 'u', message.readUInt32LE(8)],
      [DESTINATION ?? 0, 's', sender],
    ] as const;
    if (answer) this.#send(RETURN, reply, answer.signature, answer.write);
    else this.#send(ERROR, [...reply, [ERROR_NAME ?? 0, 's', 'org.freedesktop.DBus.Error.UnknownMethod'] as const], '', () => {});
  }
}

/** Writes values, little endian, aligned as D-Bus wants them. */
export class BusWriter {
  readonly #parts: number[] = [];

  get bytes(): Buffer {
    return Buffer.from(this.#parts);
  }

  align(to: number): this {
    while (this.#parts.length % to !== 0) this.#parts.push(0);
    return this;
  }

  byte(value: number): this {
    this.#parts.push(value);
    return this;
  }

  uint32(value: number): this {
    this.align(4);
    for (let shift = 0; shift < 32; shift += 8) this.#parts.push((value >>> shift) & 0xff);
    return this;
  }

  string(value: string): this {
    const bytes = Buffer.from(value);
    this.uint32(bytes.length);
    this.#parts.push(...bytes, 0);
    return this;
  }

  signature(value: string): this {
    this.#parts.push(value.length, ...Buffer.from(value), 0);
    return this;
  }

  /** An array whose elements are aligned to `elementAlign`. */
  array(elementAlign: number, write: () => void): this {
    this.uint32(0);
    const lengthAt = this.#parts.length - 4;
    this.align(elementAlign);
    const startAt = this.#parts.length;
    write();
    const length = this.#parts.length - startAt;
    for (let index = 0; index < 4; index++) this.#parts[lengthAt + index] = (length >>> (8 * index)) & 0xff;
    return this;
  }

  variant(type: string, value: string | number | boolean): this {
    this.signature(type);
    if (type === 'g') return this.signature(String(value));
    return typeof value === 'string' ? this.string(value) : this.uint32(Number(value));
  }
}

/** Reads values that a {@link BusWriter} could have written. */
export class BusReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  align(to: number): void {
    this.at = Math.ceil(this.at / to) * to;
  }

  byte(): number {
    this.at += 1;
    return this.#bytes.readUInt8(this.at - 1);
  }

  uint32(): number {
    this.align(4);
    this.at += 4;
    return this.#bytes.readUInt32LE(this.at - 4);
  }

  string(): string {
    return this.#text(this.uint32());
  }

  variant(): string | number {
    const type = this.#text(this.byte());
    if (type === 'g') return this.#text(this.byte());
    return type === 'u' ? this.uint32() : this.string();
  }

  #text(length: number): string {
    this.at += length + 1;
    return this.#bytes.toString('utf8', this.at - length - 1, this.at - 1);
  }
}
