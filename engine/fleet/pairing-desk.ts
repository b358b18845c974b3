import { randomBytes, randomInt } from 'node:crypto';
import { PAIRING_ATTEMPTS, PAIRING_MS, type RemoteRights, type RemoteView } from '../api/fleet.ts';
import { CODE_ALPHABET } from '../api/pairing-text.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import { beginCpace, confirmation, cpaceKey, sameBytes } from './cpace.ts';
import { type Hello, helloSaid, offerSaid, pairingChannel } from './pairing-messages.ts';

/** Characters of a typed code: 8 of 32 = 40 bits. */
const CODE_LENGTH = 8;

interface Offer {
  readonly rights: RemoteRights;
  readonly linkCode: string;
  readonly shortCode: string;
  readonly expiresAtMs: number;
  attemptsLeft: number;
}

/** The codes of a new pairing, to be shown and not kept. */
export interface OpenedPairing {
  readonly linkCode: string;
  /** `XXXX-XXXX` */
  readonly shortCode: string;
  readonly expiresAtMs: number;
}

/** The rig's half of one try. */
export interface PairingTry {
  readonly share: Uint8Array;
  readonly rights: RemoteRights;
  /**
   * Checks the other side's proof; the rig's own is returned and the pairing is used up.
   * @throws EngineError `pairing-refused`
   */
  finish(proof: Uint8Array): { readonly proof: Uint8Array; readonly name: string; readonly rights: RemoteRights };
}

/**
 * The pairing that a rig has open: at most one, for ten minutes and five tries, used up by the first machine that gets in.
 * A try counts when it begins: who hangs up after the answer has had it too.
 */
export class PairingDesk {
  readonly #clock: Clock;
  #offer: Offer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a pairing; the one before ends. */
  open(rights: RemoteRights): OpenedPairing {
    const characters = Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');
    const offer: Offer = {
      rights,
      linkCode: randomBytes(20).toString('base64url'),
      shortCode: characters,
      expiresAtMs: this.#clock.nowMs() + PAIRING_MS,
      attemptsLeft: PAIRING_ATTEMPTS,
    };
    this.#offer = offer;
    return {
      linkCode: offer.linkCode,
      shortCode: `${characters.slice(0, 4)}-${characters.slice(4)}`,
      expiresAtMs: offer.expiresAtMs,
    };
  }

  close(): void {
    this.#offer = undefined;
  }

  /** What may be shown of the open pairing; null = none. */
  get state(): RemoteView['pairing'] {
    const offer = this.#current();
    return offer ? { rights: offer.rights, expiresAtMs: offer.expiresAtMs, attemptsLeft: offer.attemptsLeft } : null;
  }

  /**
   * Answers a machine that wants in.
   * @param pin hash of the key that this rig's TLS connections prove
   * @param rigName what this rig calls itself
   * @throws EngineError `pairing-refused` when none is open, its time is over or its tries are used up
   */
  answer(hello: Hello, pin: string, rigName: string): PairingTry {
    const offer = this.#current();
    if (!offer) throw refused('This machine takes no other one in now');
    if (offer.attemptsLeft <= 0) throw refused('Too many wrong codes: this pairing has ended');
    offer.attemptsLeft -= 1;
    const { sessionId } = hello;
    const inputs = {
      code: hello.kind === 'link' ? offer.linkCode : offer.shortCode,
      channel: pairingChannel(pin),
      sessionId,
    };
    const side = beginCpace(inputs, offerSaid({ name: rigName, rights: offer.rights }));
    const theirs = { share: hello.share, said: helloSaid(hello) };
    return {
      share: side.message.share,
      rights: offer.rights,
      finish: (proof) => {
        const key = keyOf(() => cpaceKey(side, theirs.share, sessionId, theirs, side.message));
        const isRight = key !== undefined && sameBytes(confirmation(key, sessionId, theirs), proof);
        if (!isRight) throw wrongCode(offer.attemptsLeft);
        // Only the first one gets in, and only in time.
        if (this.#current() !== offer) throw refused('This pairing has ended');
        this.#offer = undefined;
        return { proof: confirmation(key, sessionId, side.message), name: hello.name, rights: offer.rights };
      },
    };
  }

  #current(): Offer | undefined {
    if (this.#offer && this.#clock.nowMs() >= this.#offer.expiresAtMs) this.#offer = undefined;
    return this.#offer;
  }
}

function keyOf(make: () => Buffer): Buffer | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function wrongCode(attemptsLeft: number): EngineError {
  return new EngineError({
    code: 'pairing-refused',
    message: 'The code is wrong, or something between the two machines changed the connection',
    nextStep:
      attemptsLeft > 0
        ? `Look at the code again; ${attemptsLeft} ${attemptsLeft === 1 ? 'try is' : 'tries are'} left.`
        : 'No try is left. Open a new pairing on the other machine: siphon remote pair',
  });
}

function refused(message: string): EngineError {
  return new EngineError({
    code: 'pairing-refused',
    message,
    nextStep: 'Open a new pairing on that machine: siphon remote pair',
  });
}
