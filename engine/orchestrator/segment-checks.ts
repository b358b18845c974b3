import type { IncomingHttpHeaders } from 'node:http';
import { fromBinary } from '@bufbuild/protobuf';
import { EngineError, toEngineError } from '../base/errors.ts';
import { decodeBase64 } from '../wire/base64.ts';
import { isCompatible } from '../wire/capabilities.ts';
import { type AuthToken, type SegData, SegDataSchema } from '../wire/gen/net/lp_rpc_pb.js';
import { PROTOBUF_FAULT, paymentFromHeader, type ReceivedPayment } from '../wire/payment-header.ts';
import { parseSegData, type SegmentMetadata } from '../wire/seg-data.ts';
import { segmentSignatureBytes } from '../wire/signatures.ts';
import { WIRE_TEXT } from './faults.ts';
import type { GatewayEdge } from './gateway-edge.ts';

/** A request that is answered with a status and a text. */
export class Refusal extends Error {
  readonly status: number;
  /** Why, for the log; the gateway is told the message only. */
  readonly why: unknown;

  constructor(status: number, text: string, why?: unknown) {
    super(text);
    this.name = 'Refusal';
    this.status = status;
    this.why = why;
  }
}

/** What the headers of `/segment` and `/payment` say, once they passed all checks. */
export interface CheckedHeaders extends ReceivedPayment {
  readonly metadata: SegmentMetadata;
  readonly authToken: AuthToken;
}

/**
 * The checks before a body is looked at, in the reference's order, with its statuses and texts (go-livepeer
 * `server/segment_rpc.go`, verifySegCreds).
 * @throws Refusal
 */
export function checkHeaders(edge: GatewayEdge, headers: IncomingHttpHeaders): CheckedHeaders {
  const received = payment(headers);
  const metadata = segment(headers);
  if (!edge.verifier.verify(received.sender, signedBytes(metadata), metadata.signature)) throw new Refusal(403, 'ErrSegSig');
  if (!isCompatible(metadata.capabilities, edge.capabilities())) throw new Refusal(403, 'incompatible capabilities');
  const { authToken } = metadata;
  if (!authToken) throw new Refusal(403, 'missing auth token');
  const verdict = edge.tokens.judge(authToken);
  if (verdict !== 'valid') throw new Refusal(403, `${verdict} auth token`);
  if (!edge.admits(authToken.sessionId)) throw new Refusal(403, WIRE_TEXT.capped);
  return { ...received, metadata, authToken };
}

function payment(headers: IncomingHttpHeaders): ReceivedPayment {
  try {
    return paymentFromHeader(String(headers['livepeer-payment'] ?? ''));
  } catch (error) {
    throw new Refusal(402, wireTextOf(error), error);
  }
}

function segment(headers: IncomingHttpHeaders): SegmentMetadata {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(String(headers['livepeer-segment'] ?? ''));
  } catch (error) {
    throw new Refusal(403, 'ErrorSegEncoding', error);
  }
  let segData: SegData;
  try {
    segData = fromBinary(SegDataSchema, bytes);
  } catch (error) {
    throw new Refusal(403, PROTOBUF_FAULT, error);
  }
  try {
    return parseSegData(segData);
  } catch (error) {
    throw new Refusal(403, wireTextOf(error), error);
  }
}

function signedBytes({ manifestId, seq, hash, profiles }: SegmentMetadata): Uint8Array {
  return segmentSignatureBytes({ manifestId, seq, hash, profileNames: profiles.map(({ name }) => name) });
}

/** The protocol's text of an error, or a plain one. */
export function wireTextOf(error: unknown): string {
  if (!(error instanceof EngineError)) return 'Internal Server Error';
  const { details, message } = toEngineError(error);
  return typeof details?.wireText === 'string' ? details.wireText : message;
}
