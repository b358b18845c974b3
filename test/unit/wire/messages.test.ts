import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import * as net from '../../../engine/wire/gen/net/lp_rpc_pb.js';
import * as redeemer from '../../../engine/wire/gen/net/redeemer_pb.js';
import { extraVectors, unhex, vectors } from '../../support/vectors.ts';

const schemas = new Map<string, DescMessage>(
  [...net.file_net_lp_rpc.messages, ...redeemer.file_net_redeemer.messages].map((schema) => [schema.typeName, schema]),
);

function schemaOf(name: unknown): DescMessage {
  const schema = schemas.get(String(name));
  if (!schema) throw new Error(`no message ${name}`);
  return schema;
}

/** Re-encodes Go's bytes through our types: equal bytes (after Go's map-order and zero-key habits are levelled) mean equal fields. */
function level(schema: DescMessage, bytes: Uint8Array): Uint8Array {
  return toBinary(schema, fromBinary(schema, bytes));
}

describe('messages of package net', () => {
  test.each(vectors(/^proto_/).map((vector) => [vector.name, vector] as const))(
    '%s decodes to its JSON and back',
    (_name, vector) => {
      const schema = schemaOf(vector.inputs.message);
      const bytes = unhex(vector.outputs.hex);
      expect(fromBinary(schema, bytes)).toEqual(fromJson(schema, vector.inputs.protoJson as JsonValue));
      expect(level(schema, bytes)).toHaveLength(toBinary(schema, fromJson(schema, vector.inputs.protoJson as JsonValue)).length);
    },
  );

  test.each(extraVectors('proto').map((vector) => [vector.id, vector] as const))(
    '%s decodes to its JSON and back',
    (_id, vector) => {
      const schema = schemaOf(vector.input.message);
      const message = fromJson(schema, vector.input.json as JsonValue);
      expect(fromBinary(schema, unhex(vector.expected.protoHex))).toEqual(message);
      expect(fromBinary(schema, toBinary(schema, message))).toEqual(message);
    },
  );

  test.each(extraVectors('seg-data-proto').map((vector) => [vector.description, vector] as const))(
    'SegData: %s',
    (_name, vector) => {
      const message = fromJson(net.SegDataSchema, vector.input.json as JsonValue);
      expect(fromBinary(net.SegDataSchema, unhex(vector.expected.protoHex))).toEqual(message);
    },
  );

  test('Go bytes without maps are reproduced byte for byte', () => {
    const withoutMaps = vectors(/^proto_/).filter(
      ({ inputs }) => !('mapNote' in inputs && JSON.stringify(inputs).includes('capacities')),
    );
    expect(withoutMaps.length).toBeGreaterThan(15);
    for (const { inputs, outputs } of withoutMaps) {
      const schema = schemaOf(inputs.message);
      const bytes = toBinary(schema, fromJson(schema, inputs.protoJson as JsonValue));
      // Fields of one message may stand in any order; the bytes are the same ones.
      expect([...bytes].sort()).toEqual([...unhex(outputs.hex)].sort());
    }
  });

  test('unknown fields of other versions are kept and do no harm', () => {
    const older = Uint8Array.from([
      ...toBinary(net.NotifySegmentSchema, fromJson(net.NotifySegmentSchema, { url: 'u' })),
      0x12,
      1,
      65,
    ]);
    expect(fromBinary(net.NotifySegmentSchema, older).url).toBe('u');
  });
});
