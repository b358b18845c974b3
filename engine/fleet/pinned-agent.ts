import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { EngineError } from '../base/errors.ts';
import { ANY_CERTIFICATE } from '../wire/tls.ts';
import { pinOf } from './remote-key.ts';

/** Milliseconds to reach a rig and agree on keys with it. */
const CONNECT_MS = 5000;

/** Makes TLS connections to one rig and looks at its key before a single byte (a token, a question) is sent. */
export class PinnedAgent extends Agent {
  readonly #pin: string | undefined;
  /** The key that the last connection proved; undefined before. */
  seenPin: string | undefined;

  /** @param pin what {@link pinOf} must give; undefined takes any key, for a pairing that is bound to it afterwards */
  constructor(pin: string | undefined) {
    super({ keepAlive: false, maxSockets: 16 });
    this.#pin = pin;
  }

  /** Called by Node for each new connection. */
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = connect({
      host: options.host ?? 'localhost',
      port: Number(options.port),
      minVersion: 'TLSv1.3',
      // No names and no authorities: the pinned key is what counts, checked below.
      ...ANY_CERTIFICATE,
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      // Node's type wants a stream even with an error; it looks at the error first.
      callback?.(error, socket);
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      const pin = provenPin(socket);
      if (pin === undefined || (this.#pin !== undefined && pin !== this.#pin)) {
        socket.on('error', () => {});
        fail(untrusted());
        return;
      }
      this.seenPin = pin;
      callback?.(null, socket);
    });
    return undefined;
  }
}

function provenPin(socket: TLSSocket): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey;
  return key === undefined ? undefined : pinOf(key);
}

/** The error for a machine that answers with another key than the pinned one. */
export function untrusted(): EngineError {
  return new EngineError({
    code: 'rig-untrusted',
    message: 'The machine at this address has another key than the one it was paired with, so nothing was sent to it',
    nextStep:
      'If its data folder was made anew, pair it again. If not, another machine has its address now, or somebody is in between.',
  });
}
