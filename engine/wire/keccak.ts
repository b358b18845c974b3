/** Bytes taken per permutation: the sponge's rate for 256 bits. */
const BLOCK = 136;

/** Blocks handed to the WebAssembly code at once; bounds its memory. */
const BLOCKS_AT_ONCE = 480;

/** Places in the WebAssembly memory: 25 lanes of state, 24 round constants, then blocks. */
const STATE_AT = 0;
const CONSTANTS_AT = 256;
const DATA_AT = 512;
const STATE_BYTES = 200;

// WebAssembly's operation codes (webassembly.github.io/spec, binary format).
const OP = { loop: 0x03, end: 0x0b, brIf: 0x0d, get: 0x20, set: 0x21, tee: 0x22, load: 0x29, store: 0x37, i32: 0x41, i64: 0x42 };
const I32 = { sub: 0x6b, add: 0x6a, ltU: 0x49 };
const I64 = { and: 0x83, xor: 0x85, rotl: 0x89 };
const TYPE = { i32: 0x7f, i64: 0x7e, func: 0x60, empty: 0x40 };

// Locals: the number of blocks left (the parameter), places in memory, then lanes.
const LEFT = 0;
const DATA = 1;
const ROUND = 2;
const A = 3;
const B = A + 25;
const C = B + 25;
const D = C + 5;

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (true) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Unsigned LEB128, for lengths and indexes. */
function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

const get = (local: number) => [OP.get, local];
const set = (local: number) => [OP.set, local];
const i32 = (value: number) => [OP.i32, ...leb(value)];
const load = (offset: number) => [OP.load, 3, ...uleb(offset)];
const xor = [I64.xor];
const lanes = (count: number) => Array.from({ length: count }, (_, index) => index);

/** How far each lane is turned, FIPS 202 §3.2.2, by lane x + 5y. */
function rotations(): number[] {
  const result = lanes(25).map(() => 0);
  for (let t = 0, x = 1, y = 0; t < 24; t += 1) {
    result[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return result;
}

/** The round constants, FIPS 202 §3.2.5. */
function roundConstants(): bigint[] {
  let register = 1;
  const bit = () => {
    const out = register & 1;
    register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    return out;
  };
  return lanes(24).map(() => lanes(7).reduce((sum, j) => (bit() ? sum | (1n << BigInt(2 ** j - 1)) : sum), 0n));
}

/** One round of Keccak-f[1600] over the locals A: θ, ρ, π, χ, ι. */
function round(): number[] {
  const turned = rotations();
  const code: number[] = [];
  for (const x of lanes(5)) {
    code.push(...get(A + x), ...[1, 2, 3, 4].flatMap((y) => [...get(A + x + 5 * y), ...xor]), ...set(C + x));
  }
  for (const x of lanes(5)) {
    code.push(...get(C + ((x + 4) % 5)), ...get(C + ((x + 1) % 5)), OP.i64, 1, I64.rotl, ...xor, ...set(D));
    for (const y of lanes(5)) {
      const lane = x + 5 * y;
      const to = y + 5 * ((2 * x + 3 * y) % 5);
      code.push(...get(A + lane), ...get(D), ...xor, OP.i64, ...leb(turned[lane] ?? 0), I64.rotl, ...set(B + to));
    }
  }
  for (const lane of lanes(25)) {
    const y = lane - (lane % 5);
    const next = B + y + ((lane + 1) % 5);
    const afterNext = B + y + ((lane + 2) % 5);
    code.push(...get(B + lane), ...get(next), OP.i64, ...leb(-1), ...xor, ...get(afterNext), I64.and, ...xor, ...set(A + lane));
  }
  return [...code, ...get(A), ...get(ROUND), ...load(CONSTANTS_AT), ...xor, ...set(A)];
}

/** The function `absorb(blocks)`: blocks at {@link DATA_AT} into the state. */
function absorbBody(): number[] {
  const addTo = (local: number, bytes: number) => [...get(local), ...i32(bytes), I32.add, OP.tee, local];
  return [
    ...lanes(25).flatMap((lane) => [...i32(STATE_AT), ...load(8 * lane), ...set(A + lane)]),
    ...[OP.loop, TYPE.empty],
    ...lanes(BLOCK / 8).flatMap((lane) => [
      ...get(A + lane),
      ...get(DATA),
      ...load(DATA_AT + 8 * lane),
      ...xor,
      ...set(A + lane),
    ]),
    ...[...i32(0), ...set(ROUND)],
    ...[OP.loop, TYPE.empty, ...round(), ...addTo(ROUND, 8), ...i32(24 * 8), I32.ltU, OP.brIf, 0, OP.end],
    ...[...addTo(DATA, BLOCK), ...set(DATA)],
    ...[...get(LEFT), ...i32(1), I32.sub, OP.tee, LEFT, OP.brIf, 0, OP.end],
    ...lanes(25).flatMap((lane) => [...i32(STATE_AT), ...get(A + lane), OP.store, 3, ...uleb(8 * lane)]),
    OP.end,
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: readonly number[]) => [id, ...uleb(content.length), ...content];
  const name = (text: string) => [...uleb(text.length), ...Buffer.from(text)];
  const locals = [2, ...uleb(2), TYPE.i32, ...uleb(25 + 25 + 5 + 1), TYPE.i64];
  const body = [...locals, ...absorbBody()];
  const pages = Math.ceil((DATA_AT + BLOCK * BLOCKS_AT_ONCE) / 65_536);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, TYPE.func, 1, TYPE.i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...uleb(pages)]),
    ...section(7, [2, ...name('absorb'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...uleb(body.length), ...body]),
  ]);
}

interface Code {
  readonly memory: Uint8Array;
  absorb(blocks: number): void;
}

/** What is used of WebAssembly; the engine is compiled without the DOM types that declare it. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly absorb: Code['absorb'] } };
}

let code: Code | undefined;

/** Compiled once, when first needed: about a millisecond. */
function compiled(): Code {
  if (code) return code;
  const { Instance, Module } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
  const { memory, absorb } = new Instance(new Module(moduleBytes())).exports;
  const view = new DataView(memory.buffer);
  for (const [index, constant] of roundConstants().entries()) view.setBigUint64(CONSTANTS_AT + 8 * index, constant, true);
  code = { memory: new Uint8Array(memory.buffer), absorb };
  return code;
}

/**
 * Keccak-256 (not SHA3-256: the padding differs) of bytes that come in pieces. In WebAssembly, because every segment is hashed as it
 * comes in, and 64-bit lanes in plain JavaScript cost ten times as much, which would hold up everything else.
 */
export class Keccak256 {
  readonly #state = new Uint8Array(STATE_BYTES);
  readonly #rest = new Uint8Array(BLOCK);
  #held = 0;

  update(bytes: Uint8Array): this {
    let from = 0;
    if (this.#held > 0) {
      from = Math.min(BLOCK - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, from), this.#held);
      this.#held += from;
      if (this.#held < BLOCK) return this;
      this.#absorb(this.#rest);
      this.#held = 0;
    }
    const whole = bytes.length - ((bytes.length - from) % BLOCK);
    if (whole > from) this.#absorb(bytes.subarray(from, whole));
    this.#rest.set(bytes.subarray(whole));
    this.#held = bytes.length - whole;
    return this;
  }

  /** The hash, 32 bytes; nothing may be added afterwards. */
  digest(): Uint8Array {
    const last = this.#rest;
    last.fill(0, this.#held);
    last[this.#held] = 0x01;
    last[BLOCK - 1] = (last[BLOCK - 1] ?? 0) | 0x80;
    this.#absorb(last);
    return this.#state.slice(0, 32);
  }

  /** Whole blocks only. */
  #absorb(blocks: Uint8Array): void {
    const { memory, absorb } = compiled();
    memory.set(this.#state, STATE_AT);
    for (let from = 0; from < blocks.length; from += BLOCK * BLOCKS_AT_ONCE) {
      const part = blocks.subarray(from, from + BLOCK * BLOCKS_AT_ONCE);
      memory.set(part, DATA_AT);
      absorb(part.length / BLOCK);
    }
    this.#state.set(memory.subarray(STATE_AT, STATE_AT + STATE_BYTES));
  }
}
