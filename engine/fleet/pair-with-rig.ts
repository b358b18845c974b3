import { randomBytes } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import type { RemoteRights } from '../api/fleet.ts';
import { untilAborted } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { beginCpace, confirmation, cpaceKey, sameBytes } from './cpace.ts';
import { failureOf, refusalOf } from './dial.ts';
import {
  type Hello,
  helloSaid,
  MAX_PAIRING_MESSAGE,
  OfferSchema,
  offerSaid,
  PAIR_PATH,
  type ProofSchema,
  pairingChannel,
  readMessage,
  WelcomeSchema,
} from './pairing-messages.ts';
import { PinnedAgent, untrusted } from './pinned-agent.ts';

/** What a machine needs to pair with a rig. */
export interface PairParameters {
  /** `host:port`, tried in turn. */
  readonly addresses: readonly string[];
  /** Its pinned key; undefined when only the short code is known: then the code itself proves the key. */
  readonly pin: string | undefined;
  readonly kind: Hello['kind'];
  readonly code: string;
  /** What this machine calls itself. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/** What pairing gives. */
export interface Paired {
  /** Where it was reached. */
  readonly address: string;
  readonly pin: string;
  readonly token: string;
  /** What the rig calls itself. */
  readonly name: string;
  readonly rights: RemoteRights;
}

/**
 * Pairs with a rig at the first of its addresses that answers.
 * @throws EngineError `pairing-refused`, `rig-unreachable`, `rig-untrusted`, or what the signal aborts with
 */
export async function pairWithRig(parameters: PairParameters): Promise<Paired> {
  let failure: EngineError | undefined;
  for (const address of parameters.addresses) {
    const agent = new PinnedAgent(parameters.pin);
    const socket = new WebSocket(`wss://${address}${PAIR_PATH}`, {
      agent,
      maxPayload: MAX_PAIRING_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
    });
    try {
      using messages = new Messages(socket, parameters.signal);
      const opened = await messages.opened();
      if (opened instanceof EngineError) {
        // The first address is the likeliest, so its trouble is the one to tell; but a wrong key anywhere is graver.
        if (failure === undefined || opened.code === 'rig-untrusted') failure = opened;
        continue;
      }
      return { address, ...(await exchange(messages, parameters, agent.seenPin ?? '')) };
    } finally {
      socket.terminate();
      agent.destroy();
    }
  }
  throw failure ?? new EngineError({ code: 'bad-request', message: 'There is no address to pair with' });
}

async function exchange(messages: Messages, { kind, code, name }: PairParameters, pin: string): Promise<Omit<Paired, 'address'>> {
  const sessionId = randomBytes(16);
  const side = beginCpace({ code, channel: pairingChannel(pin), sessionId }, helloSaid({ kind, name }));
  messages.send({
    v: 1,
    kind,
    sessionId: sessionId.toString('base64url'),
    name,
    share: Buffer.from(side.message.share).toString('base64url'),
  });
  const offer = readMessage(OfferSchema, await messages.next());
  const theirs = { share: offer.share, said: offerSaid(offer) };
  let key: Buffer;
  try {
    key = cpaceKey(side, offer.share, sessionId, side.message, theirs);
  } catch {
    throw untrusted();
  }
  messages.send({ proof: confirmation(key, sessionId, side.message).toString('base64url') } satisfies Record<
    keyof (typeof ProofSchema)['shape'],
    string
  >);
  const welcome = readMessage(WelcomeSchema, await messages.next());
  // Only who knows the code, and has the key that this connection proved, can show this.
  if (!sameBytes(confirmation(key, sessionId, theirs), welcome.proof)) throw untrusted();
  return { pin, token: welcome.token, name: offer.name, rights: offer.rights };
}

/** The messages of one WebSocket, one after the other. */
class Messages implements Disposable {
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal;
  readonly #received: string[] = [];
  readonly #opened: Promise<EngineError | undefined>;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(socket: WebSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#opened = new Promise((resolve) => {
      socket.once('open', () => resolve(undefined));
      socket.on('error', (error) => resolve(failureOf(error)));
      socket.once('unexpected-response', (_request, response) => resolve(refusalOf(response)));
      socket.once('close', () => {
        resolve(failureOf(new Error('the connection was closed')));
        this.#ended = true;
        this.#wake?.();
      });
    });
    socket.on('message', (data: RawData) => {
      this.#received.push(String(data));
      this.#wake?.();
    });
  }

  /** Why the connection did not come about; undefined when it did. */
  opened(): Promise<EngineError | undefined> {
    return untilAborted(this.#opened, this.#signal);
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  async next(): Promise<string> {
    while (true) {
      const text = this.#received.shift();
      if (text !== undefined) return text;
      if (this.#ended) throw failureOf(new Error('the connection was closed'));
      await untilAborted(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        this.#signal,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#wake = undefined;
  }
}
