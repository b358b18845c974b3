import type { Config } from '../config/schema.ts';

/** Whether a configuration means an orchestrator of one's own (the practice network's does not count). */
export function runsOrchestrator({ deploymentType, splitHalf }: Config): boolean {
  return (
    deploymentType === 'solo' ||
    deploymentType === 'pool-operator' ||
    (deploymentType === 'ot-split' && splitHalf === 'orchestrator')
  );
}

/** Whether a configuration says how this machine takes part; a new installation's does not. */
export function isChosen(config: Config): boolean {
  return config.deploymentType === 'practice' || runsOrchestrator(config) || config.orchestrator.serviceUri !== null;
}
