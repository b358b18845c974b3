import { type ConnectionTarget, type StepFinding, tryName, tryTcp, tryTls } from '../invite/connection-steps.ts';

/**
 * Name, TCP, TLS, HTTP/2: the way to an orchestrator, and the first step at which it ends. Nothing is asked of it and no secret is sent.
 * Rejects only with the signal's reason.
 */
export async function inspectConnection(target: ConnectionTarget, signal: AbortSignal): Promise<StepFinding> {
  const name = await tryName(target);
  if (!name.ok) return name;
  const tcp = await tryTcp(target, signal);
  if (!tcp.ok) return tcp;
  const tls = await tryTls(target, signal);
  return tls.http2 ?? tls;
}
