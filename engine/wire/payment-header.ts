import { create, fromBinary } from '@bufbuild/protobuf';
import { EngineError } from '../base/errors.ts';
import { decodeBase64 } from './base64.ts';
import { toAddress } from './eth-signature.ts';
import { type Payment, PaymentSchema } from './gen/net/lp_rpc_pb.js';

/** Go's protobuf decoder has one text for most faults; which one exactly is not stable even there. */
export const PROTOBUF_FAULT = 'proto: cannot parse invalid wire-format data';

/** A received `Livepeer-Payment` header. */
export interface ReceivedPayment {
  /** 20 bytes; zeros when there is none. */
  readonly sender: Uint8Array;
  readonly payment: Payment;
}

/**
 * Reads a `Livepeer-Payment` header; empty is an empty payment (go-livepeer `server/segment_rpc.go`, getPayment).
 * @throws EngineError `bad-request`; `details.wireText` is the text answered with status 402
 */
export function paymentFromHeader(value: string): ReceivedPayment {
  if (value === '') return { sender: toAddress(new Uint8Array(0)), payment: create(PaymentSchema) };
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(value);
  } catch (error) {
    throw paymentFault(`base64 decode error: ${(error as EngineError).details?.wireText}`, error);
  }
  try {
    const payment = fromBinary(PaymentSchema, bytes);
    return { sender: toAddress(payment.sender), payment };
  } catch (error) {
    throw paymentFault(`protobuf unmarshal error: ${PROTOBUF_FAULT}`, error);
  }
}

function paymentFault(wireText: string, cause: unknown): EngineError {
  return new EngineError({
    code: 'bad-request',
    message: `A gateway's payment cannot be read: ${wireText}`,
    details: { wireText },
    cause,
  });
}
