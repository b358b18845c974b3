import type { Capabilities, Payment, PriceInfo, TicketParams } from '../wire/gen/net/lp_rpc_pb.js';
import type { Rational } from './rational.ts';

/** Who asks for a price, and for what. */
export interface QuoteParameters {
  /** The gateway's address, 20 bytes. */
  readonly gateway: Uint8Array;
  /** Absent for a new session: then the list counts, else the session's own price if it has one. */
  readonly sessionId?: string;
  /** What the job needs; absent = the plain price of transcoding. */
  readonly capabilities?: Capabilities;
}

/** What a gateway is offered. */
export interface Quote {
  /** Wei per pixel; undefined = nothing is asked (off-chain). */
  readonly price: PriceInfo | undefined;
  readonly ticketParams: TicketParams | undefined;
  /** Prices per capability and model; only for callers that named no capabilities. */
  readonly capabilityPrices: readonly PriceInfo[];
}

/** One payment as it came with a segment. */
export interface IncomingPayment {
  readonly sender: Uint8Array;
  readonly payment: Payment;
  /** What the credit is booked under: the session id, or the manifest id for `/payment`. */
  readonly balanceId: string;
}

/** What one segment costs. */
export interface Charge {
  readonly sender: Uint8Array;
  readonly balanceId: string;
  /** Encoded pixels of all renditions. */
  readonly pixels: bigint;
  /** Wei per pixel as the segment's own payment stated it; undefined = it stated none. */
  readonly price: Rational | undefined;
}

/**
 * Money between gateways and this orchestrator, as the gateway-facing edge sees it. Off-chain nothing is asked and everything is
 * accepted; with a chain, tickets stand behind it (go-livepeer `core/orchestrator.go`, `core/accounting.go`).
 */
export interface Payments {
  /** Whether there is a chain behind it. */
  readonly onChain: boolean;
  /** Rejects with an `EngineError` whose `details.wireText` is told to the gateway (`insufficient sender reserve`). */
  quote(parameters: QuoteParameters): Promise<Quote>;
  /** Books a payment. Rejects with an `EngineError` whose `details.wireText` is answered with status 400. */
  receive(incoming: IncomingPayment): Promise<void>;
  /** Whether work may begin: the balance is at least one ticket's expected value (`Insufficient balance` otherwise). */
  covers(incoming: IncomingPayment): boolean;
  /** Takes the cost of one segment from the balance, which may go negative. */
  debit(charge: Charge): void;
  /** The session has ended; balances and its price may be kept for a while, as the reference does. */
  endSession(sessionId: string): void;
}
