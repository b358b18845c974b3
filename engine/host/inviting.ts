import { createPrivateKey } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CreatedInvite, CreateInvite, InviteApi, PayoutAddressCheck } from '../api/invite.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { SiphonPaths } from '../config/paths.ts';
import { isStrong } from '../invite/envelope.ts';
import { inviteWarnings } from '../invite/inspect.ts';
import { makeInvite, readInvite } from '../invite/invite.ts';
import type { InviteBook } from '../invite/invite-book.ts';
import type { Payload } from '../invite/payload.ts';
import { parsePayoutAddress } from '../invite/payout-address.ts';
import { measureLatency, PoolDirectories } from '../invite/pool-directory.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { Joining } from './joining.ts';
import type { Settings } from './settings.ts';

/** The directory of pools that comes with Siphon. */
const BUNDLED_POOLS = fileURLToPath(new URL('../../resources/pools.json', import.meta.url));

/** What an {@link Inviting} needs. */
export interface InvitingParameters {
  readonly paths: SiphonPaths;
  /** Absent: the engine runs with fixed settings, so it joins nobody. */
  readonly joining: Joining | undefined;
  readonly settings: Settings | undefined;
  /** The invites given out; the own orchestrator asks it about codes. */
  readonly book: InviteBook;
  /** The secret of the own orchestrator. */
  readonly ownSecret: () => Promise<string>;
  /** This machine's own orchestrator. @throws EngineError `not-found`, `bad-request` when there is none */
  readonly orchestrator: () => Orchestrator;
  readonly clock: Clock;
}

/** The part of the API that joins an orchestrator and that invites to the own one. */
export class Inviting implements InviteApi, AsyncDisposable {
  readonly #parameters: InvitingParameters;
  readonly #pools: PoolDirectories;
  readonly #end = new AbortController();

  constructor(parameters: InvitingParameters) {
    this.#parameters = parameters;
    this.#pools = new PoolDirectories({
      bundled: BUNDLED_POOLS,
      imported: path.join(parameters.paths.dataDir, 'pools.json'),
    });
  }

  inspect: InviteApi['inspect'] = ({ text }) => this.#joining().inspect(text);

  test: InviteApi['test'] = (input, signal) => this.#joining().test(input, AbortSignal.any([signal, this.#end.signal]));

  accept: InviteApi['accept'] = async (input) => this.#joining().accept(input, this.#end.signal);

  undo: InviteApi['undo'] = async ({ id }) => this.#joining().undo(id);

  checkPayoutAddress: InviteApi['checkPayoutAddress'] = async ({ address }): Promise<PayoutAddressCheck> => {
    try {
      return { ok: true, address: parsePayoutAddress(address) };
    } catch (error) {
      return { ok: false, error: toEngineError(error).toInfo() };
    }
  };

  /**
   * Makes an invite to the own orchestrator and enters it in the list. The link is in the answer and nowhere else.
   * @throws EngineError `not-found`, `not-ready`, `bad-request`, `disk-full`, `data-dir-unwritable`
   */
  create: InviteApi['create'] = async (input): Promise<CreatedInvite> => {
    const { clock, ownSecret, orchestrator } = this.#parameters;
    const { certificate, serviceUri } = orchestrator();
    if (!certificate || serviceUri === '') {
      throw new EngineError({
        code: 'not-ready',
        message: 'The orchestrator does not listen yet',
        nextStep: 'Try again in a moment.',
      });
    }
    const key = createPrivateKey(certificate.key);
    if (!isStrong(key)) {
      throw new EngineError({
        code: 'bad-request',
        message: 'Invites cannot be signed with the key of this orchestrator’s certificate',
        nextStep:
          'Use a certificate with an ECDSA key, an RSA key of 2048 to 4096 bits, or Ed25519; or none, for a self-signed one.',
      });
    }
    const { once, expiresInMs, label } = input;
    if (once && expiresInMs === null) {
      throw new EngineError({ code: 'bad-request', message: 'A one-time invite needs a time at which it expires' });
    }
    const expiresAtMs = expiresInMs === null ? null : Math.floor((clock.nowMs() + expiresInMs) / 1000) * 1000;
    const access = once ? 'once' : 'secret';
    // Made once without its entry, so that texts it cannot hold are found before the list grows.
    const draft = payloadOf(input, serviceUri, expiresAtMs);
    makeInvite({ ...draft, i: 'AAAAAAAA', s: 'draft', m: 0 }, key);
    const { id, madeAtMs, code } = await this.#parameters.book.add({ label: label || null, access, expiresAtMs });
    const way = code === undefined ? { s: await ownSecret() } : { c: code };
    const link = makeInvite({ ...draft, ...way, i: id, m: madeAtMs / 1000 }, key);
    const invite = readInvite(link, clock.nowMs());
    if (!invite) throw new EngineError({ code: 'internal', message: 'The invite that was made cannot be read' });
    return { link, invite: invite.details, warnings: inviteWarnings(invite, { nowMs: clock.nowMs(), current: null }) };
  };

  list: InviteApi['list'] = () => this.#parameters.book.list();

  revoke: InviteApi['revoke'] = ({ id }) => this.#parameters.book.revoke(id);

  pools: InviteApi['pools'] = async () => {
    const current = (await this.#parameters.settings?.effective())?.orchestrator.serviceUri ?? null;
    return this.#pools.list({ nowMs: this.#parameters.clock.nowMs(), current });
  };

  importPools: InviteApi['importPools'] = async ({ text }) => {
    await this.#pools.import(text);
    return this.pools();
  };

  forgetPools: InviteApi['forgetPools'] = async () => {
    await this.#pools.forget();
    return this.pools();
  };

  poolLatency: InviteApi['poolLatency'] = ({ join }) => measureLatency(join, this.#parameters.clock.nowMs(), this.#end.signal);

  /** Ends what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new EngineError({ code: 'aborted', message: 'The engine ends' }));
  }

  #joining(): Joining {
    const { joining } = this.#parameters;
    if (joining) return joining;
    throw new EngineError({ code: 'not-ready', message: 'This engine runs with fixed settings', nextStep: 'Start it anew.' });
  }
}

function payloadOf(input: CreateInvite, serviceUri: string, expiresAtMs: number | null): Omit<Payload, 'i' | 'm'> {
  const { operator, terms, note } = input;
  return {
    o: operator,
    u: [serviceUri],
    t: {
      text: terms?.text ?? '',
      commissionPpm: terms?.commissionPpm ?? null,
      minimumPayoutWei: terms?.minimumPayoutWei ?? null,
      currency: terms?.currency ?? 'ETH',
    },
    ...(note ? { n: note } : {}),
    ...(expiresAtMs === null ? {} : { e: expiresAtMs / 1000 }),
  };
}
