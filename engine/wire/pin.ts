import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { EngineError } from '../base/errors.ts';
import { ANY_CERTIFICATE } from './tls.ts';

/** How long a pinned connection may take until its key is known, milliseconds. */
const HANDSHAKE_MS = 10_000;

/**
 * Pin of a public key: SHA-256 of its SubjectPublicKeyInfo (DER), 64 lower-case hex digits. It is the key that is pinned, not the
 * certificate (as in RFC 7469), so that a certificate made anew with the same key still matches.
 */
export function pinOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Pin of a PEM certificate's key. */
export function pinOfCertificate(pem: string): string {
  return pinOf(new X509Certificate(pem).publicKey);
}

/**
 * Why a connection that has agreed on TLS must not be used: its key is not the pinned one. Undefined when it is. The handshake itself
 * proves that the peer holds the key, whoever signed the certificate.
 */
export function pinMismatch(socket: TLSSocket, pin: string, at: string): EngineError | undefined {
  const found = socket.getPeerX509Certificate();
  if (found !== undefined && pinOf(found.publicKey) === pin) return undefined;
  return new EngineError({
    code: 'orchestrator-certificate-changed',
    message: `${at} shows another TLS key than the one in its invite, so nothing was sent to it.`,
    nextStep:
      'Ask the operator, by another way than this connection, whether the key was changed. If so, take a new invite from them. If not, somebody may be listening in: do not join.',
    details: { wireText: 'certificate key does not match the pinned one' },
  });
}

/** Where a pin holds. */
export interface Pinned {
  readonly host: string;
  readonly port: number;
  /** See {@link pinOf}. */
  readonly pin: string;
}

/**
 * An agent for HTTPS that takes any certificate with the pinned key and no other one; a request is not written before the key has been
 * looked at. Without a pin it takes any certificate, as the reference does.
 */
export class PinnedAgent extends https.Agent {
  readonly #pinned: Pinned | undefined;

  constructor(options: https.AgentOptions, pinned: Pinned | undefined) {
    // A resumed session shows no certificate, so every pinned connection shakes hands in full.
    super({ ...options, ...ANY_CERTIFICATE, ...(pinned ? { maxCachedSessions: 0 } : {}) });
    this.#pinned = pinned;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options) as TLSSocket;
    const pinned = this.#pinned;
    if (!pinned) return socket;
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      socket.off('error', settle).off('close', onClose);
      if (error) socket.on('error', () => {}).destroy();
      callback?.(error, socket);
    };
    const onClose = () => settle(new Error('the connection was closed before TLS was agreed'));
    // A request that was given up no longer ends a connection that it never got.
    const timer = setTimeout(() => settle(new Error('TLS was not agreed in time')), HANDSHAKE_MS);
    socket.once('error', settle).once('close', onClose);
    socket.once('secureConnect', () => settle(pinMismatch(socket, pinned.pin, `https://${pinned.host}:${pinned.port}`) ?? null));
    return undefined;
  }
}

/** Whether a pin holds for a URL: same host and port. */
export function isPinned(url: URL, pinned: Pinned | undefined): boolean {
  if (!pinned || url.protocol !== 'https:') return false;
  const port = url.port === '' ? 443 : Number(url.port);
  return port === pinned.port && url.hostname.replace(/^\[|\]$/g, '').toLowerCase() === pinned.host.toLowerCase();
}
