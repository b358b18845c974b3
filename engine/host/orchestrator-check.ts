import type { Check, OrchestratorAddress } from '../doctor/check.ts';
import { inspectConnection } from './connection.ts';

/**
 * Name, TCP, TLS, HTTP/2: the way to the orchestrator, step by step, and at which one it ends. Nothing is asked of it and no
 * secret is sent. Its certificate is not judged: the reference's orchestrators sign their own (go-livepeer `server/cert.go`).
 */
export function orchestratorCheck(address: OrchestratorAddress | undefined): Check {
  return {
    id: 'orchestrator',
    title: 'Way to the orchestrator',
    run: async (signal) => {
      if (address === undefined) return { status: 'skipped', text: 'No orchestrator is set.' };
      const started = performance.now();
      const { ok, text, nextStep } = await inspectConnection(address, signal);
      return {
        status: ok ? 'ok' : 'fail',
        text: ok ? `${text.slice(0, -1)} (${Math.round(performance.now() - started)} ms).` : text,
        ...(nextStep === undefined ? {} : { nextStep }),
      };
    },
  };
}
