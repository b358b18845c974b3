import type { Transcoder } from '../api/media.ts';
import { createCapabilities } from '../wire/capabilities.ts';
import type { Capabilities } from '../wire/gen/net/lp_rpc_pb.js';

/** What a registration tells the orchestrator about this machine. */
export interface Offer {
  /** Sessions. */
  readonly capacity: number;
  readonly capabilities: Capabilities;
}

/** What the transcoder can take at this moment. */
export function currentOffer(transcoder: Transcoder): Offer {
  return { capacity: transcoder.capacity.sessions, capabilities: createCapabilities({ numbers: transcoder.capabilities }) };
}

/** Whether an orchestrator that was told `a` need not be told `b`. */
export function sameOffer(a: Offer, b: Offer): boolean {
  return a.capacity === b.capacity && String(a.capabilities.bitstring) === String(b.capabilities.bitstring);
}
