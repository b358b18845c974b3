import type { ErrorCode } from '../api/errors.ts';
import { EngineError } from '../base/errors.ts';

const ASK_AGAIN = "Ask the orchestrator's operator for a new invite.";

/** Why a text cannot be used as an invite; each in the words of a person, with what to do. */
export const inviteError = {
  notOne: () =>
    error(
      'invite-not-one',
      'This is neither an invite nor the address of an orchestrator.',
      'An invite is a link that begins with siphon://join? – copy it whole, from siphon: to its end. An address looks like https://orchestrator.example:8935.',
    ),
  cutOff: () =>
    error(
      'invite-cut-off',
      'This invite is cut off: its end is missing.',
      'Copy the whole link, to its very end. Some programs break long links: then have it sent as a file, or in another way.',
    ),
  newer: () =>
    error(
      'invite-newer',
      'This invite was made by a newer version of Siphon than this one can read.',
      'Update Siphon, then open the invite again.',
    ),
  tampered: () =>
    error(
      'invite-tampered',
      'This invite is not as its orchestrator signed it: something in it was changed or damaged on the way.',
      `Do not use it. ${ASK_AGAIN} Have it sent in another way.`,
    ),
  invalid: (what: string) =>
    error('invite-not-one', `This invite is signed, but says things that cannot be: ${what}.`, ASK_AGAIN),
  cannotMake: (what: string) =>
    error('bad-request', `The invite cannot be made: ${what}.`, 'Use shorter texts, and no hidden characters.'),
  expired: (expired: string, now: string) =>
    error(
      'invite-expired',
      `This invite expired on ${expired}.`,
      `${ASK_AGAIN} If that time has not come yet, this computer's clock is wrong: it says ${now}.`,
    ),
  expiredThere: () => error('invite-expired', "This invite has expired by the orchestrator's clock.", ASK_AGAIN),
  fromTheFuture: (made: string, now: string) =>
    error(
      'invite-clock',
      `This invite was made on ${made}, which has not come yet by this computer's clock: it says ${now}.`,
      "Set this computer's clock, then open the invite again. If the clock is right, the operator's is wrong.",
    ),
  used: () => error('invite-used', 'This invite was used already: its code works once.', ASK_AGAIN),
  revoked: () => error('invite-revoked', 'The operator has taken this invite back.', ASK_AGAIN),
  unknown: () =>
    error('invite-refused', 'The orchestrator does not know the code in this invite.', `It may have lost its list. ${ASK_AGAIN}`),
  tooOften: () =>
    error('invite-refused', 'The orchestrator has been asked for too many codes just now.', 'Try again in a minute.'),
  notTaken: (why: string) =>
    error(
      'invite-refused',
      `The orchestrator did not exchange the code of this invite: ${why}.`,
      "Try again. If it keeps happening, ask the orchestrator's operator whether it runs Siphon.",
    ),
};

function error(code: ErrorCode, message: string, nextStep: string): EngineError {
  return new EngineError({ code, message, nextStep });
}
