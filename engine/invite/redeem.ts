import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { deadline } from '../base/abort.ts';
import { EngineError } from '../base/errors.ts';
import { dial } from '../transcoder/dial.ts';
import type { OrchestratorAddress } from '../wire/address.ts';
import { MAX_REDEEM_BYTES, REDEEM_PATH, type RedeemAnswer, RedeemAnswerSchema, type RedeemRequest } from '../wire/redeem.ts';
import { inviteError } from './errors.ts';

/** Milliseconds for the whole exchange with one address, connection included. */
const EXCHANGE_MS = 15_000;

/** A code to be shown to an orchestrator. */
export interface ShowCodeParameters {
  readonly address: OrchestratorAddress;
  /** Pin of the invite: the code is told to nobody else. */
  readonly pin: string;
  readonly id: string;
  readonly code: string;
  readonly payoutAddress?: string | undefined;
  readonly signal: AbortSignal;
}

/** A code to be exchanged. */
export interface RedeemCodeParameters extends ShowCodeParameters {
  /** {@link newClaim}: with the same one the orchestrator tells the secret again for a while. */
  readonly claim: string;
}

/**
 * Asks whether a code is still good; uses nothing up.
 * @throws EngineError `invite-…`, `orchestrator-…`, or the signal's reason
 */
export async function checkCode(parameters: ShowCodeParameters): Promise<void> {
  const answer = await show(parameters, 'check', newClaim());
  if (answer.status !== 'open') throw refusal(answer);
}

/**
 * Exchanges a code for the orchestrator's secret. An answer lost on the way is asked for once more, which the orchestrator knows by the
 * claim.
 * @throws EngineError `invite-…`, `orchestrator-…`, or the signal's reason
 */
export async function redeemCode({ claim, ...parameters }: RedeemCodeParameters): Promise<string> {
  const answer = await show(parameters, 'redeem', claim).catch((error: unknown) => {
    if (parameters.signal.aborted || !(error instanceof LostAnswer)) throw error;
    return show(parameters, 'redeem', claim);
  });
  if (answer.status !== 'secret') throw refusal(answer);
  return answer.secret;
}

/** The request went out, and nothing whole came back. */
class LostAnswer extends EngineError {}

/** What tells one who asks for a code's secret from others who know the code. */
export function newClaim(): string {
  return randomBytes(16).toString('base64url');
}

async function show(parameters: ShowCodeParameters, act: RedeemRequest['act'], claim: string): Promise<RedeemAnswer> {
  const { address, pin, id, code, payoutAddress, signal } = parameters;
  using limit = deadline(EXCHANGE_MS, `The answer of ${address.uri}`, signal);
  const socket = await dial({ address, protocols: ['http/1.1'], pin, signal: limit.signal });
  try {
    const request: RedeemRequest = { id, code, act, claim, ...(payoutAddress === undefined ? {} : { payoutAddress }) };
    const body = Buffer.from(JSON.stringify(request));
    const { status, text } = await new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const outgoing = http.request({
        createConnection: () => socket,
        method: 'POST',
        path: REDEEM_PATH,
        host: address.host,
        headers: { 'content-type': 'application/json', 'content-length': body.length, connection: 'close' },
        signal: limit.signal,
      });
      outgoing.on('error', reject);
      outgoing.once('response', (response) => {
        const pieces: Buffer[] = [];
        let size = 0;
        response.on('error', reject);
        response.on('data', (piece: Buffer) => {
          size += piece.length;
          if (size > MAX_REDEEM_BYTES) response.destroy(new Error('its answer is too long'));
          else pieces.push(piece);
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }));
      });
      outgoing.end(body);
    });
    return answerIn(text) ?? notAnswered(status);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) throw error;
    const { code: errorCode, message, nextStep } = inviteError.notTaken(error instanceof Error ? error.message : String(error));
    throw new LostAnswer({ code: errorCode, message, ...(nextStep === undefined ? {} : { nextStep }), cause: error });
  } finally {
    socket.destroy();
  }
}

function answerIn(text: string): RedeemAnswer | undefined {
  try {
    return RedeemAnswerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function notAnswered(status: number): never {
  throw inviteError.notTaken(status === 404 ? 'it knows no invites, so it may not be a Siphon' : `it answered ${status}`);
}

function refusal({ status }: RedeemAnswer): EngineError {
  switch (status) {
    case 'used':
      return inviteError.used();
    case 'revoked':
      return inviteError.revoked();
    case 'expired':
      return inviteError.expiredThere();
    case 'unknown':
      return inviteError.unknown();
    case 'too-often':
      return inviteError.tooOften();
    default:
      return inviteError.notTaken('it answered something else');
  }
}
