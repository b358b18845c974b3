import { create, fromBinary, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  addCapacities,
  bitsProvided,
  capacitiesOf,
  createCapabilities,
  DEFAULT_CAPABILITIES,
  fromBitstring,
  isCompatible,
  isSelectable,
  LEGACY_CAPABILITIES,
  MANDATORY_CAPABILITIES,
  OPTIONAL_CAPABILITIES,
  removeCapacities,
  toBitstring,
} from '../../../engine/wire/capabilities.ts';
import { CapabilitiesSchema } from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

const numbers = (value: unknown) => value as number[];
const asText = (map: ReadonlyMap<number, number>) => [...map].map(([number, count]) => `${number}:${count}`).sort();

describe('capabilities messages', () => {
  test.each(vectors(/^capabilities_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const made = createCapabilities({
      numbers: numbers(inputs.capabilities),
      mandatories: numbers(inputs.mandatories),
      version: String(inputs.version),
    });
    expect(made.bitstring.map(String)).toEqual(outputs.bitstring);
    expect(made.mandatories.map(String)).toEqual(outputs.mandatories);
    // Go counts its internal negative numbers too, wrapped to 32 bits; they mean nothing and are not sent by this side.
    const counts = (outputs.capacities as string[]).filter((text) => !text.startsWith('42949672'));
    expect(asText(new Map(Object.entries(made.capacities).map(([number, count]) => [Number(number), count])))).toEqual(counts);
    const fromGo = fromBinary(CapabilitiesSchema, unhex(outputs.protobufDeterministic));
    expect(fromGo.bitstring).toEqual(made.bitstring);
    expect(fromGo.constraints).toEqual(made.constraints);
    expect(fromGo.version).toBe(made.version);
    if (numbers(inputs.capabilities).every((number) => number >= 0)) expect(fromGo).toEqual(made);
  });

  test.each(extraVectors('capability-bitstring').map((vector) => [vector.description, vector] as const))(
    'bit set: %s',
    (_name, { input, expected }) => {
      const words = toBitstring(numbers(input.capabilities));
      expect(words.map(String)).toEqual(expected.bitstring);
      expect(fromBinary(CapabilitiesSchema, unhex(expected.netCapabilitiesProtoHex)).bitstring).toEqual(words);
      const valid = numbers(input.capabilities).filter((number) => number >= 0);
      expect(fromBitstring(words)).toEqual([...valid].sort((a, b) => a - b));
    },
  );

  test.each(extraVectors('capability-proto').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, { input, expected }) => {
      const made = createCapabilities({ numbers: numbers(input.capabilities), version: String(input.version) });
      expect(made).toEqual(fromJson(CapabilitiesSchema, expected.json as JsonValue));
      expect(fromBinary(CapabilitiesSchema, unhex(expected.protoHex))).toEqual(made);
    },
  );

  test.each([
    ['capability_list_default', DEFAULT_CAPABILITIES],
    ['capability_list_optional', OPTIONAL_CAPABILITIES],
    ['capability_list_mandatory', MANDATORY_CAPABILITIES],
    ['capability_list_legacy', LEGACY_CAPABILITIES],
  ] as const)('%s', (name, list) => {
    const [vector] = vectors(new RegExp(`^${name}$`));
    expect(list).toEqual(vector?.outputs.ids);
  });

  test('numbers out of range from the wire never grow the arrays', () => {
    expect(toBitstring([5000, 1.5, Number.NaN])).toEqual([]);
    const hostile = create(CapabilitiesSchema, { capacities: { 4000000000: 1, 3: 2 } });
    expect([...capacitiesOf(hostile)]).toEqual([[3, 2]]);
    expect(fromBitstring(new Array<bigint>(1000).fill(1n))).toHaveLength(16);
  });
});

describe('matching', () => {
  test.each(vectors(/^compatible_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const provider = createCapabilities({
      numbers: numbers(inputs.orchestrator),
      mandatories: numbers(inputs.orchestratorMandatories),
      version: String(inputs.orchestratorVersion),
    });
    const job = createCapabilities({ numbers: numbers(inputs.gateway), minVersion: String(inputs.gatewayMinVersion) });
    expect(isCompatible(job, provider)).toBe(outputs.compatible);
  });

  test.each(extraVectors('capability-compatible').map((vector) => [vector.description, vector] as const))(
    '%s',
    (_name, { input, expected }) => {
      const provider = createCapabilities({
        numbers: numbers(input.node),
        mandatories: numbers(input.nodeMandatories),
        version: String(input.nodeVersion),
      });
      const job = createCapabilities({ numbers: numbers(input.requested), minVersion: String(input.requestedMinVersion) });
      expect(isCompatible(job, provider)).toBe(expected.compatible);
    },
  );

  test.each(vectors(/^constraints_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const job = fromBinary(CapabilitiesSchema, unhex(inputs.gatewayProto));
    const provider = fromBinary(CapabilitiesSchema, unhex(inputs.orchProto));
    expect(isCompatible(job, provider)).toBe(outputs.compatible);
    // An orchestrator choosing a transcoder doesn't look at models.
    expect(isSelectable(job, provider)).toBe(true);
  });

  test('a longer list of words never fits, even if the rest is zero', () => {
    expect(bitsProvided([1n, 0n], [1n])).toBe(false);
    expect(bitsProvided([1n], [1n, 0n])).toBe(true);
  });

  test('a job that asks for nothing fits everyone without mandatories', () => {
    expect(isCompatible(undefined, createCapabilities({ numbers: [] }))).toBe(true);
    expect(isCompatible(undefined, createCapabilities({ numbers: [12], mandatories: [12] }))).toBe(false);
  });
});

describe('capacities', () => {
  test.each(vectors(/^capacity_/).map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs, outputs }) => {
    const added = addCapacities(
      createCapabilities({ numbers: numbers(inputs.start) }),
      createCapabilities({ numbers: numbers(inputs.add) }),
    );
    expect(asText(capacitiesOf(added))).toEqual(outputs.afterAdd);
    expect(added.bitstring.map(String)).toEqual(outputs.bitstringAfterAdd);
    const removed = removeCapacities(added, createCapabilities({ numbers: numbers(inputs.remove) }));
    expect(asText(capacitiesOf(removed))).toEqual(outputs.afterRemove);
    expect(removed.bitstring.map(String)).toEqual(outputs.bitstringAfterRemove);
  });

  test('a peer without counts has one of each bit', () => {
    const older = create(CapabilitiesSchema, { bitstring: [5n] });
    expect([...capacitiesOf(older)]).toEqual([
      [0, 1],
      [2, 1],
    ]);
  });

  test('a sum survives the wire', () => {
    const sum = addCapacities(createCapabilities({ numbers: [0] }), createCapabilities({ numbers: [0, 64] }));
    expect([...capacitiesOf(fromBinary(CapabilitiesSchema, toBinary(CapabilitiesSchema, sum)))]).toEqual([
      [0, 2],
      [64, 1],
    ]);
  });
});
