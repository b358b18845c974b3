import { create } from '@bufbuild/protobuf';
import { type Capabilities, Capabilities_ConstraintsSchema, CapabilitiesSchema } from './gen/net/lp_rpc_pb.js';
import { PROTOCOL_VERSION, versionAtLeast } from './version.ts';

/** Capability numbers by name (go-livepeer `core/capabilities.go`); 13 is retired. */
export const CAPABILITY = {
  h264: 0,
  mpegts: 1,
  mp4: 2,
  fractionalFramerates: 3,
  storageDirect: 4,
  storageS3: 5,
  storageGcs: 6,
  h264Baseline: 7,
  h264Main: 8,
  h264High: 9,
  h264ConstrainedHigh: 10,
  gop: 11,
  authToken: 12,
  mpeg7Signature: 14,
  hevcDecode: 15,
  hevcEncode: 16,
  vp8Decode: 17,
  vp9Decode: 18,
  vp8Encode: 19,
  vp9Encode: 20,
  h264DecodeYuv444: 21,
  h264DecodeYuv422: 22,
  h264DecodeYuv444TenBit: 23,
  h264DecodeYuv422TenBit: 24,
  h264DecodeYuv420TenBit: 25,
  segmentSlicing: 26,
  textToImage: 27,
  imageToImage: 28,
  imageToVideo: 29,
  upscale: 30,
  audioToText: 31,
  segmentAnything2: 32,
  llm: 33,
  imageToText: 34,
  liveVideoToVideo: 35,
  textToSpeech: 36,
  byoc: 37,
} as const;

/** What every transcoder needs for ordinary jobs; also what an orchestrator assumes of one that sends no capabilities. */
export const DEFAULT_CAPABILITIES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 26];

/** What a reference node may add to the default set. */
export const OPTIONAL_CAPABILITIES: readonly number[] = [15, 16, 17, 18, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31, 32, 34, 36];

/** What a job may be required to ask for; defined by the reference, filled in by no 0.9.1 node. */
export const MANDATORY_CAPABILITIES: readonly number[] = [12];

/** What a peer from before capabilities existed can do. */
export const LEGACY_CAPABILITIES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/**
 * Largest capability number taken from the wire. A reference orchestrator crashes on registered numbers from 128 on; this side
 * only has to keep its arrays small.
 */
const MAX_CAPABILITY = 1023;

/** Bit set of capability numbers as 64-bit words, least significant bit first. Negative and out-of-range numbers are left out. */
export function toBitstring(numbers: Iterable<number>): bigint[] {
  const words: bigint[] = [];
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number > MAX_CAPABILITY) continue;
    const word = Math.floor(number / 64);
    while (words.length <= word) words.push(0n);
    words[word] = (words[word] ?? 0n) | (1n << BigInt(number % 64));
  }
  return words;
}

/** Capability numbers set in a bit set, ascending, up to {@link MAX_CAPABILITY}. */
export function fromBitstring(words: readonly bigint[]): number[] {
  const numbers: number[] = [];
  for (const [index, word] of words.slice(0, Math.ceil((MAX_CAPABILITY + 1) / 64)).entries()) {
    for (let bit = 0; bit < 64; bit += 1) {
      if ((word >> BigInt(bit)) & 1n) numbers.push(index * 64 + bit);
    }
  }
  return numbers;
}

/** Facts a node's or job's capabilities message is made of. */
export interface CreateCapabilitiesParameters {
  readonly numbers: Iterable<number>;
  readonly mandatories?: Iterable<number>;
  /** Protocol version of the sender. */
  readonly version?: string;
  /** Version that the other side must have. */
  readonly minVersion?: string;
}

/** Capabilities message with a count of 1 for each number, as the reference sends them. */
export function createCapabilities(parameters: CreateCapabilitiesParameters): Capabilities {
  const bitstring = toBitstring(parameters.numbers);
  const capacities: Record<number, number> = {};
  for (const number of fromBitstring(bitstring)) capacities[number] = 1;
  return create(CapabilitiesSchema, {
    bitstring,
    mandatories: toBitstring(parameters.mandatories ?? []),
    capacities,
    version: parameters.version ?? PROTOCOL_VERSION,
    constraints: create(Capabilities_ConstraintsSchema, { minVersion: parameters.minVersion ?? '' }),
  });
}

/** Capacity per capability number; a peer that sends no counts has 1 of each set bit. */
export function capacitiesOf(capabilities: Capabilities): Map<number, number> {
  const entries = Object.entries(capabilities.capacities);
  if (entries.length === 0) return new Map(fromBitstring(capabilities.bitstring).map((number) => [number, 1]));
  return new Map(
    entries
      .map(([number, count]): [number, number] => [Number(number), count])
      .filter(([number]) => number <= MAX_CAPABILITY)
      .sort(([a], [b]) => a - b),
  );
}

function withCapacities(base: Capabilities, capacities: ReadonlyMap<number, number>): Capabilities {
  return create(CapabilitiesSchema, {
    ...base,
    bitstring: toBitstring(capacities.keys()),
    capacities: Object.fromEntries(capacities),
  });
}

/** Adds a node's counts to the sum that an orchestrator advertises; returns the new sum. */
export function addCapacities(total: Capabilities, node: Capabilities): Capabilities {
  const sum = capacitiesOf(total);
  for (const [number, count] of capacitiesOf(node)) sum.set(number, (sum.get(number) ?? 0) + count);
  return withCapacities(total, sum);
}

/** Takes a node's counts from the sum; a capability whose count falls to zero is no longer advertised. */
export function removeCapacities(total: Capabilities, node: Capabilities): Capabilities {
  const sum = capacitiesOf(total);
  for (const [number, count] of capacitiesOf(node)) {
    const left = (sum.get(number) ?? 0) - count;
    if (left > 0) sum.set(number, left);
    else sum.delete(number);
  }
  return withCapacities(total, sum);
}

/** Whether every bit wanted is provided; a longer list of words never fits a shorter one, even if the rest is zero. */
export function bitsProvided(wanted: readonly bigint[], provided: readonly bigint[]): boolean {
  return wanted.length <= provided.length && wanted.every((word, index) => (word & (provided[index] ?? 0n)) === word);
}

const EMPTY = create(CapabilitiesSchema);

/**
 * Whether a transcoder can be given a job, as an orchestrator judges it: bits and version only (go-livepeer `core/orchestrator.go`).
 * An absent job requirement asks for nothing.
 */
export function isSelectable(job: Capabilities | undefined, provider: Capabilities): boolean {
  const wanted = job ?? EMPTY;
  return (
    bitsProvided(wanted.bitstring, provider.bitstring) && versionAtLeast(wanted.constraints?.minVersion ?? '', provider.version)
  );
}

/**
 * Whether a node can do a job, by all four rules: bits, mandatories, version, per-capability models (go-livepeer
 * `core/capabilities.go`). A transcoder checks its tasks so.
 */
export function isCompatible(job: Capabilities | undefined, provider: Capabilities): boolean {
  const wanted = job ?? EMPTY;
  return (
    isSelectable(wanted, provider) && bitsProvided(provider.mandatories, wanted.bitstring) && modelsProvided(wanted, provider)
  );
}

function modelsProvided(job: Capabilities, provider: Capabilities): boolean {
  const offers = provider.constraints?.PerCapability ?? {};
  return Object.entries(job.constraints?.PerCapability ?? {}).every(([number, wanted]) => {
    const offered = offers[Number(number)];
    if (!offered) return true;
    return Object.entries(wanted.models).every(([name, model]) => {
      const found = offered.models[name];
      return found !== undefined && (!model.warm || found.warm) && versionAtLeast(model.runnerVersion, found.runnerVersion);
    });
  });
}
