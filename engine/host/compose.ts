import type { Transcoder } from '../api/media.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Role } from '../base/role.ts';
import type { Config } from '../config/schema.ts';
import { type PracticeNetwork, startPracticeNetwork } from '../practice/network.ts';
import { TranscoderClient } from '../transcoder/client.ts';
import type { TranscoderObserver } from '../transcoder/observer.ts';
import { OrchestratorAddressSchema } from '../wire/address.ts';

/** What the roles are made from. */
export interface ComposeParameters {
  readonly config: Config;
  /** The orchestrator's secret; undefined when none is kept. */
  readonly secret: string | undefined;
  readonly transcoder: Transcoder;
  readonly observer: TranscoderObserver;
  /** Segments after which the practice network ends; undefined = never. */
  readonly practiceLimit: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** The roles of a configuration, in the order they start. */
export interface Composition {
  readonly roles: readonly Role[];
  /** Offers this machine's transcoder to an orchestrator. */
  readonly client: TranscoderClient;
  readonly practice?: PracticeNetwork;
}

/**
 * Refuses, before anything starts, what this version cannot do. The words name the choice and what works instead.
 * @throws EngineError `config-invalid`
 */
export function checkComposable(config: Config, secret: string | undefined): void {
  const { nodeMode, deploymentType, orchestrator } = config;
  if (nodeMode !== 'video') {
    throw unavailable(`node mode "${nodeMode}"`, 'AI work is not part of this version. Set nodeMode to "video".');
  }
  if (deploymentType === 'solo' || deploymentType === 'pool-operator') {
    throw unavailable(
      `deployment type "${deploymentType}"`,
      'Running an orchestrator is not part of this version. Choose "siphon" or "pool-node" to work for one, or "practice".',
    );
  }
  if (deploymentType === 'practice') return;
  if (orchestrator.serviceUri === null) {
    throw new EngineError({
      code: 'config-invalid',
      message: 'No orchestrator is chosen yet.',
      nextStep: 'Run: siphon join <service-uri>. To try everything without one, run: siphon practice',
    });
  }
  if (secret === undefined) {
    throw new EngineError({
      code: 'config-invalid',
      message: `The secret for ${orchestrator.serviceUri} is missing.`,
      nextStep: `Run: siphon join ${orchestrator.serviceUri} and enter the secret that its operator gave you.`,
    });
  }
}

function unavailable(what: string, nextStep: string): EngineError {
  return new EngineError({ code: 'config-invalid', message: `This version of Siphon cannot run ${what}.`, nextStep });
}

/**
 * Turns the three choices into roles; nothing else asks for the deployment type. Call {@link checkComposable} first.
 * @throws EngineError `config-invalid`, `port-in-use`
 */
export async function composeRoles(parameters: ComposeParameters): Promise<Composition> {
  const { config, secret, transcoder, observer, clock, log } = parameters;
  if (config.deploymentType === 'practice') {
    const { sessions, pace, input } = config.practice;
    const practice = await startPracticeNetwork({
      sessions,
      pace,
      clock,
      log: log.child({ role: 'practice' }),
      ...(input === null ? {} : { input }),
      ...(parameters.practiceLimit === undefined ? {} : { limit: parameters.practiceLimit }),
    });
    const address = OrchestratorAddressSchema.parse(practice.serviceUri);
    const client = new TranscoderClient({ address, secret: practice.secret, transcoder, observer, clock, log });
    return { roles: [practice, client], client, practice };
  }
  const address = OrchestratorAddressSchema.parse(config.orchestrator.serviceUri ?? '');
  const client = new TranscoderClient({ address, secret: secret ?? '', transcoder, observer, clock, log });
  return { roles: [client], client };
}
