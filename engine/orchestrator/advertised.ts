import { addCapacities, createCapabilities, DEFAULT_CAPABILITIES } from '../wire/capabilities.ts';
import type { Capabilities } from '../wire/gen/net/lp_rpc_pb.js';
import type { TranscoderManager } from './transcoder-manager.ts';

/**
 * What the orchestrator tells gateways it can do: the default set, which never disappears, and what its transcoders add while they
 * are here (go-livepeer `core/capabilities.go`).
 */
export class AdvertisedCapabilities implements Disposable {
  readonly #manager: TranscoderManager;
  readonly #subscription: Disposable;
  #known: Capabilities | undefined;

  constructor(manager: TranscoderManager) {
    this.#manager = manager;
    this.#subscription = manager.onEvent(() => {
      this.#known = undefined;
    });
  }

  /** Added up when first asked after a change, so that a thousand transcoders coming at once cost nothing. */
  get current(): Capabilities {
    this.#known ??= this.#manager.members.reduce(
      (sum, { capabilities }) => addCapacities(sum, capabilities),
      createCapabilities({ numbers: DEFAULT_CAPABILITIES }),
    );
    return this.#known;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}
