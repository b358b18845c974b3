import { isIPv6 } from 'node:net';
import { z } from 'zod';

/** Port an orchestrator listens on when none is written. */
const DEFAULT_PORT = 8935;

/** Where an orchestrator listens. */
export interface OrchestratorAddress {
  /** Host name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `https://host:port`, the port always written; brackets around IPv6. */
  readonly uri: string;
}

/**
 * Address of an orchestrator as people write it: `host`, `host:port` or `https://host:port`, with the reference's defaults
 * (go-livepeer `cmd/livepeer/starter`): port 8935, but 443 when a scheme is written without a port. Only the first of a
 * comma-separated list counts. TLS is used whatever scheme is written.
 */
export const OrchestratorAddressSchema = z.string().transform((text, context): OrchestratorAddress => {
  const first = text.split(',')[0]?.trim() ?? '';
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (first === '') return refuse('The address of the orchestrator is empty. Write host:port, e.g. orch.example:8935.');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(first)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'http') {
    return refuse(`"${scheme}://" is not spoken by orchestrators. Write host:port or https://host:port.`);
  }
  const bareIpv6 = isIPv6(first);
  const rest = scheme === undefined ? first : first.slice(scheme.length + 3);
  const match = bareIpv6 ? [first, first, undefined] : /^(\[[0-9a-f:.%]+\]|[^\s:/?#@[\]]+)(?::(\d+))?\/?$/i.exec(rest);
  const host = match?.[1]?.replace(/^\[|\]$/g, '');
  if (!match || !host) {
    return refuse(`"${first}" is not an address. Write host:port, e.g. orch.example:8935.`);
  }
  const port = match[2] === undefined ? (scheme === undefined ? DEFAULT_PORT : 443) : Number(match[2]);
  if (port < 1 || port > 65_535) return refuse(`${port} is not a port (1–65535).`);
  return { host, port, uri: `https://${host.includes(':') ? `[${host}]` : host}:${port}` };
});
