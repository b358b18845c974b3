import { isIP } from 'node:net';
import type { JoinTarget, JoinWarning } from '../api/invite.ts';
import { normaliseServiceUri } from '../config/service-uri.ts';
import { inviteError } from './errors.ts';
import { type Invite, readInvite, timeText } from './invite.ts';

/** An invite that ends sooner than this is said to, milliseconds. */
const SOON_MS = 24 * 3600_000;

/** What a text turned out to be, with what must not be shown. */
export type Target =
  | { readonly kind: 'invite'; readonly invite: Invite }
  | { readonly kind: 'address'; readonly serviceUri: string };

/** What is known of the moment that a text is read in. */
export interface InspectContext {
  readonly nowMs: number;
  /** The orchestrator that this machine works for now. */
  readonly current: string | null;
}

/**
 * Reads an invite or a service URI from a text.
 * @throws EngineError `invite-…` in words for the person
 */
export function readTarget(text: string, nowMs: number): Target {
  const invite = readInvite(text, nowMs);
  if (invite) return { kind: 'invite', invite };
  const serviceUri = normaliseServiceUri(text.trim().replace(/^["'<`]+|["'>`]+$/g, ''));
  if (serviceUri === undefined || !looksLikeHost(new URL(serviceUri).hostname)) throw inviteError.notOne();
  return { kind: 'address', serviceUri };
}

/** What may be shown of a target. */
export function shownTarget(target: Target, context: InspectContext): JoinTarget {
  if (target.kind === 'address') {
    const { serviceUri } = target;
    const noPin: JoinWarning = {
      id: 'no-pin',
      text: 'A bare address says nothing of who answers there: any key is taken, as the network’s own software does. An invite is safer.',
    };
    return { kind: 'address', serviceUri, warnings: [...addressWarnings([serviceUri], context), noPin] };
  }
  const { details } = target.invite;
  return { kind: 'invite', invite: details, warnings: inviteWarnings(target.invite, context) };
}

/** What is worth knowing of an invite before it is accepted, or given to somebody. */
export function inviteWarnings({ details }: Invite, context: InspectContext): JoinWarning[] {
  const { serviceUris, expiresAtMs, access } = details;
  const warnings = addressWarnings(serviceUris, context);
  if (expiresAtMs !== null && expiresAtMs - context.nowMs < SOON_MS) {
    warnings.push({ id: 'expires-soon', text: `It expires on ${timeText(expiresAtMs)}.` });
  }
  if (access === 'secret' && expiresAtMs === null) {
    warnings.push({
      id: 'unlimited',
      text: 'It carries the orchestrator’s secret itself and never expires: whoever gets to see it can use it.',
    });
  }
  return warnings;
}

function addressWarnings(uris: readonly string[], { current }: InspectContext): JoinWarning[] {
  const hosts = uris.map((uri) => new URL(uri).hostname.replace(/^\[|\]$/g, ''));
  const warnings: JoinWarning[] = [];
  if (hosts.every(isThisMachine)) {
    warnings.push({
      id: 'this-machine',
      text: 'Its address is that of this machine itself: from another machine it leads nowhere.',
    });
  } else if (hosts.every((host) => isThisMachine(host) || isPrivate(host))) {
    warnings.push({
      id: 'private-network',
      text: 'Its address is one of a private network: it works only from the same network, or through a VPN into it.',
    });
  }
  if (current !== null && uris.includes(current)) {
    warnings.push({ id: 'same-orchestrator', text: 'This machine works for this orchestrator already.' });
  }
  return warnings;
}

/** Single words are names too, but a pasted word is more likely a mistake than a host on the LAN. */
function looksLikeHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || bare === 'localhost' || /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i.test(bare);
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isPrivate(host: string): boolean {
  if (isIP(host) === 6) return /^f[cd]|^fe[89ab]/i.test(host);
  return (
    /^10\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(host) ||
    /\.(local|lan|home|internal)$/i.test(host)
  );
}
