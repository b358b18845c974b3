import { randomUUID } from 'node:crypto';
import type { AcceptInvite, AcceptResult, ConnectionTest, JoinTarget, PreviousChoice, TestInvite } from '../api/invite.ts';
import type { ConfigureResult } from '../api/orchestrator.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import { configGet } from '../config/settings.ts';
import type { TestAccess } from '../invite/connection-test.ts';
import { inviteError } from '../invite/errors.ts';
import { readTarget, shownTarget, type Target } from '../invite/inspect.ts';
import { parsePayoutAddress } from '../invite/payout-address.ts';
import { newClaim, redeemCode } from '../invite/redeem.ts';
import { OrchestratorAddressSchema } from '../wire/address.ts';
import type { Settings } from './settings.ts';

/** One setting to write; undefined = back to the default. */
interface Change {
  readonly path: string;
  readonly value: unknown;
}

/** Everything that joining writes: what an Undo has to put back. */
const JOIN_PATHS = [
  'deploymentType',
  'splitHalf',
  'orchestrator.serviceUri',
  'orchestrator.pin',
  'orchestrator.operator.name',
  'orchestrator.operator.terms',
  'orchestrator.operator.commissionPpm',
  'orchestrator.operator.minimumPayoutWei',
  'orchestrator.operator.currency',
  'orchestrator.payoutAddress',
] as const;

/** What is said of an orchestrator that was joined without an invite: nothing, so that no other one's key is asked of it. */
export const WITHOUT_INVITE: readonly Change[] = JOIN_PATHS.filter((path) => /\.pin$|\.operator\./.test(path)).map((path) => ({
  path,
  value: undefined,
}));

/** What a {@link Joining} needs. */
export interface JoiningParameters {
  readonly settings: Settings;
  /** Writes settings and has what runs take them up, as `Configurer.change` does. */
  readonly configure: (changes: readonly Change[]) => Promise<ConfigureResult>;
  readonly clock: Clock;
}

interface Undo {
  readonly id: string;
  readonly changes: readonly Change[];
  readonly secret: string | undefined;
}

/** Reads, tests and takes up invites and addresses, for a running engine or for a command without one. One at a time. */
export class Joining {
  readonly #parameters: JoiningParameters;
  #queue: Promise<unknown> = Promise.resolve();
  #undo: Undo | undefined;
  /** A code that was exchanged, until its secret is in use: should something fail before, the next try gets it again. */
  #claimed: { readonly code: string; readonly claim: string } | undefined;

  constructor(parameters: JoiningParameters) {
    this.#parameters = parameters;
  }

  /** @throws EngineError `invite-…` in words for the person */
  async inspect(text: string): Promise<JoinTarget> {
    const nowMs = this.#parameters.clock.nowMs();
    const { orchestrator } = await this.#parameters.settings.effective();
    return shownTarget(readTarget(text, nowMs), { nowMs, current: orchestrator.serviceUri });
  }

  /**
   * Goes the whole way to the orchestrator, step by step; uses nothing up.
   * @throws EngineError `invite-…`, or the signal's reason
   */
  async *test({ text, secret }: TestInvite, signal: AbortSignal): AsyncGenerator<ConnectionTest, void, undefined> {
    const target = readTarget(text, this.#parameters.clock.nowMs());
    // Loaded only when it is needed: reading an invite must not wait for the whole protocol.
    const { testConnection } = await import('../invite/connection-test.ts');
    yield* testConnection({
      serviceUris: urisOf(target),
      pin: pinOf(target),
      access: accessFor(target, secret),
      signal,
    });
  }

  /**
   * Takes up an invite, or an address with its secret: exchanges a one-time code, writes secret and settings, exchanges the roles. When
   * the new ones cannot start, everything is put back.
   * @throws EngineError `invite-…`, `orchestrator-…` from the exchange of a code, `bad-request`, `not-ready`, `config-…`
   */
  accept(input: AcceptInvite, signal: AbortSignal): Promise<AcceptResult> {
    return this.#alone(() => this.#accept(input, signal));
  }

  /**
   * Puts back what the last accept changed.
   * @throws EngineError `not-found` when that is no longer known
   */
  undo(id: string): Promise<ConfigureResult> {
    return this.#alone(async () => {
      const undo = this.#undo;
      if (undo?.id !== id) {
        throw new EngineError({
          code: 'not-found',
          message: 'What was chosen before is no longer known, so it cannot be put back',
          nextStep: 'Choose it again: by its invite, or under Settings.',
        });
      }
      const result = await this.#putBack(undo);
      this.#undo = undefined;
      return result;
    });
  }

  async #accept(input: AcceptInvite, signal: AbortSignal): Promise<AcceptResult> {
    const { settings, clock, configure } = this.#parameters;
    const target = readTarget(input.text, clock.nowMs());
    const payoutAddress = input.payoutAddress ? parsePayoutAddress(input.payoutAddress) : undefined;
    const deploymentType = input.as ?? (target.kind === 'invite' ? 'pool-node' : 'siphon');
    // Before a code is used up: what would make all of it useless.
    refuseFixed(settings);
    const before = await settings.effective();
    const { config: file } = await settings.readFile();
    const kept = await settings.secrets();
    // Written as it is: a full disk, or a secret that may not be kept here, is found before the code is gone.
    await settings.changeSecrets((secrets) => secrets);
    const { secret, serviceUri } = await this.#secretFor(target, input.secret, payoutAddress, signal);
    const undo: Undo = {
      id: randomUUID(),
      changes: JOIN_PATHS.map((path) => ({ path, value: configGet(file, path) ?? undefined })),
      secret: kept.orchestratorSecret,
    };
    await settings.saveOrchestratorSecret(secret);
    let configured: ConfigureResult;
    try {
      configured = await configure(changesFor(target, deploymentType, serviceUri, payoutAddress));
    } catch (error) {
      await this.#putBack(undo).catch(() => {});
      throw error;
    }
    if (configured.error) {
      await this.#putBack(undo);
      const { code, message, nextStep } = configured.error;
      throw new EngineError({ code, message, ...(nextStep === undefined ? {} : { nextStep }) });
    }
    this.#undo = undo;
    this.#claimed = undefined;
    const after = await settings.effective();
    return {
      serviceUri,
      operator: after.orchestrator.operator.name,
      deploymentType,
      payoutAddress: after.orchestrator.payoutAddress,
      configured,
      undo: { id: undo.id, previous: previousOf(before) },
    };
  }

  /** The secret, exchanged for the code where there is one, and the address that is used from now on. */
  async #secretFor(
    target: Target,
    given: string | undefined,
    payoutAddress: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly secret: string; readonly serviceUri: string }> {
    const [first = ''] = urisOf(target);
    if (target.kind === 'address') {
      if (given !== undefined) return { secret: given, serviceUri: first };
      throw new EngineError({
        code: 'bad-request',
        message: `The secret for ${first} is missing`,
        nextStep: 'Enter the secret that its operator gave you (-orchSecret), or ask for an invite, which brings its own.',
      });
    }
    const { access, details } = target.invite;
    if (access.kind === 'secret') return { secret: access.secret, serviceUri: first };
    const { code } = access;
    const { id, pin, serviceUris } = details;
    if (this.#claimed?.code !== code) this.#claimed = { code, claim: newClaim() };
    const { claim } = this.#claimed;
    let failure: unknown;
    for (const uri of serviceUris) {
      try {
        const address = OrchestratorAddressSchema.parse(uri);
        return { secret: await redeemCode({ address, pin, id, code, claim, payoutAddress, signal }), serviceUri: uri };
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error;
        // Somebody answered: another address would lead to the same answer, or must not be asked.
        if (toEngineError(error).code !== 'orchestrator-unreachable') throw error;
      }
    }
    throw failure ?? inviteError.notTaken('it has no address');
  }

  async #putBack({ changes, secret }: Undo): Promise<ConfigureResult> {
    const { settings, configure } = this.#parameters;
    await settings.changeSecrets(({ orchestratorSecret: _now, ...others }) => ({
      ...others,
      ...(secret === undefined ? {} : { orchestratorSecret: secret }),
    }));
    return await configure(changes);
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(act);
    this.#queue = run.catch(() => {});
    return run;
  }
}

function urisOf(target: Target): readonly string[] {
  return target.kind === 'invite' ? target.invite.details.serviceUris : [target.serviceUri];
}

function pinOf(target: Target): string | undefined {
  return target.kind === 'invite' ? target.invite.details.pin : undefined;
}

function accessFor(target: Target, secret: string | undefined): TestAccess {
  if (target.kind === 'address') return secret === undefined ? { kind: 'none' } : { kind: 'secret', secret };
  const { access, details } = target.invite;
  return access.kind === 'once' ? { kind: 'once', id: details.id, code: access.code } : access;
}

function changesFor(
  target: Target,
  deploymentType: AcceptResult['deploymentType'],
  serviceUri: string,
  payoutAddress: string | undefined,
): readonly Change[] {
  const details = target.kind === 'invite' ? target.invite.details : undefined;
  const terms = details?.terms;
  return [
    { path: 'deploymentType', value: deploymentType },
    ...(deploymentType === 'ot-split' ? [{ path: 'splitHalf', value: 'transcoder' }] : []),
    { path: 'orchestrator.serviceUri', value: serviceUri },
    { path: 'orchestrator.pin', value: details?.pin },
    { path: 'orchestrator.operator.name', value: details?.operator },
    { path: 'orchestrator.operator.terms', value: terms?.text || undefined },
    { path: 'orchestrator.operator.commissionPpm', value: terms?.commissionPpm ?? undefined },
    { path: 'orchestrator.operator.minimumPayoutWei', value: terms?.minimumPayoutWei ?? undefined },
    { path: 'orchestrator.operator.currency', value: terms?.currency },
    ...(payoutAddress === undefined ? [] : [{ path: 'orchestrator.payoutAddress', value: payoutAddress }]),
  ];
}

/** @throws EngineError `not-ready` when a variable or an option wins over what would be written */
function refuseFixed({ overrides, secretVariable }: Settings): void {
  const fixed = overrides.find(({ path }) => (JOIN_PATHS as readonly string[]).includes(path))?.source ?? secretVariable;
  if (fixed === undefined) return;
  throw new EngineError({
    code: 'not-ready',
    message: `This Siphon was started with ${fixed}, which wins over what joining would set`,
    nextStep: `Start Siphon again without ${fixed}, then open the invite again.`,
  });
}

function previousOf({ deploymentType, orchestrator }: Config): PreviousChoice {
  return { deploymentType, serviceUri: orchestrator.serviceUri, operator: orchestrator.operator.name };
}
