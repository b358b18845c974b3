import type { Payments, Quote } from './payments.ts';

const NOTHING: Quote = { price: undefined, ticketParams: undefined, capabilityPrices: [] };

/** No chain: no price is asked, empty payments are welcome, nothing is booked. For practice, tests and private networks. */
export const OFFCHAIN_PAYMENTS: Payments = {
  onChain: false,
  quote: async () => NOTHING,
  receive: async () => {},
  covers: () => true,
  debit: () => {},
  endSession: () => {},
};
