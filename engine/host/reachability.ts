import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Reachability } from '../api/orchestrator.ts';
import { deadline } from '../base/abort.ts';

/** Milliseconds that one try to connect may take. */
const CONNECT_MS = 5000;

/** Where the orchestrator should be, and where it is for sure. */
export interface ReachabilityParameters {
  /** What others are told. */
  readonly serviceUri: string;
  /** An address that leads to the orchestrator on this machine, `https://127.0.0.1:8935`. */
  readonly local: string;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Tries to reach the own orchestrator the way others do: a TLS connection to its service URI, answered with the very
 * certificate that it presents locally. Rejects only with the signal's reason.
 */
export async function checkReachability({ serviceUri, local, nowMs, signal }: ReachabilityParameters): Promise<Reachability> {
  const [there, here] = await Promise.all([certificateAt(serviceUri, signal), certificateAt(local, signal)]);
  signal.throwIfAborted();
  const checkedAtMs = nowMs();
  const { host, hostname, port } = new URL(serviceUri);
  if ('error' in here) {
    return {
      state: 'unreachable',
      text: `The orchestrator does not answer on this machine (${here.error}).`,
      nextStep: 'See the log for the reason, then start Siphon again.',
      checkedAtMs,
    };
  }
  if ('error' in there) {
    return {
      state: 'unreachable',
      text: `${host} was not reached from here (${there.error}).`,
      nextStep: `Forward TCP port ${port || '443'} of the router to this machine and allow it in the firewall. Some routers cannot reach their own public address from inside: then try from another network.`,
      checkedAtMs,
    };
  }
  if (there.fingerprint !== here.fingerprint) {
    return {
      state: 'unreachable',
      text: `Another program answers at ${host}: its certificate is not this orchestrator's.`,
      nextStep: 'Correct ownOrchestrator.serviceUri, or the forwarding of the port. A proxy that ends TLS does not work here.',
      checkedAtMs,
    };
  }
  const scope = scopeOf(hostname, there.address);
  if (scope === 'public') {
    return { state: 'reachable', text: `${host} leads to this orchestrator, as tried from this machine.`, checkedAtMs };
  }
  return {
    state: 'local-only',
    text: `${host} leads to this orchestrator, but only from ${scope === 'loopback' ? 'this machine' : 'the same network'}.`,
    nextStep: 'For gateways elsewhere, set ownOrchestrator.serviceUri to a public address that leads here.',
    checkedAtMs,
  };
}

/** How far an address is reached: from this machine, from the same network, or from anywhere. */
export function scopeOf(hostname: string, address: string): 'loopback' | 'private' | 'public' {
  const ip = (isIP(hostname) ? hostname : address).replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '');
  if (/^127\.|^::1$|^localhost$/.test(ip)) return 'loopback';
  // RFC 1918, link-local, RFC 6598 (carrier NAT), unique local IPv6.
  const near =
    /^10\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^f[cd]|^fe[89ab]/i;
  return near.test(ip) ? 'private' : 'public';
}

type Found = { readonly fingerprint: string; readonly address: string } | { readonly error: string };

async function certificateAt(uri: string, signal: AbortSignal): Promise<Found> {
  using limit = deadline(CONNECT_MS, `Connecting to ${uri}`, signal);
  const { hostname, port } = new URL(uri);
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve } = Promise.withResolvers<Found>();
  // Any certificate will do: orchestrators sign their own, and it is compared below.
  const socket = connect({
    host,
    port: Number(port || 443),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(isIP(host) ? {} : { servername: host }),
  });
  const onAbort = () => resolve({ error: 'no answer in time' });
  limit.signal.addEventListener('abort', onAbort, { once: true });
  socket.once('secureConnect', () =>
    resolve({ fingerprint: socket.getPeerCertificate().fingerprint256 ?? '', address: socket.remoteAddress ?? '' }),
  );
  socket.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
  try {
    return await promise;
  } finally {
    limit.signal.removeEventListener('abort', onAbort);
    socket.on('error', () => {}).destroy();
  }
}
