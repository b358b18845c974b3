import type { Role } from '../base/role.ts';
import type { PracticeNetwork } from '../practice/network.ts';

/** The practice network as a role: draining stops its gateway; its orchestrator stays up for the results still to come. */
export class PracticeRole implements Role {
  readonly name = 'practice';
  readonly inFlight = 0;
  readonly #network: PracticeNetwork;

  constructor(network: PracticeNetwork) {
    this.#network = network;
  }

  async start(): Promise<void> {}

  async drain(): Promise<void> {
    this.#network.pause();
  }

  async resume(): Promise<void> {
    this.#network.resume();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#network[Symbol.asyncDispose]();
  }
}
