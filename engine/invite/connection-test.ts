import { CONNECTION_STEPS, type ConnectionStep, type ConnectionStepId, type ConnectionTest } from '../api/invite.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import { register } from '../transcoder/registration.ts';
import { type OrchestratorAddress, OrchestratorAddressSchema } from '../wire/address.ts';
import { createCapabilities, DEFAULT_CAPABILITIES } from '../wire/capabilities.ts';
import { type StepFinding, tryName, tryTcp, tryTls } from './connection-steps.ts';
import { checkCode } from './redeem.ts';

/** How to get in at the end of the way. */
export type TestAccess =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'once'; readonly id: string; readonly code: string }
  /** Not given: the registration is not tried. */
  | { readonly kind: 'none' };

/** What to try. */
export interface TestConnectionParameters {
  /** Addresses of one orchestrator, best first: the next one is tried when there is no way to one. */
  readonly serviceUris: readonly string[];
  /** Absent = any key. */
  readonly pin?: string | undefined;
  readonly access: TestAccess;
  readonly signal: AbortSignal;
}

type Finding = StepFinding & { readonly skipped?: boolean };

/**
 * Goes the whole way to an orchestrator, step by step, and tells each in words. Nothing is used up, and no work is taken: the secret is
 * shown with an offer of no sessions, which every orchestrator refuses only after it has taken the secret (go-livepeer
 * `server/ot_rpc.go`, RegisterTranscoder). Ends by throwing the signal's reason when it aborts.
 */
export async function* testConnection(parameters: TestConnectionParameters): AsyncGenerator<ConnectionTest, void, undefined> {
  for (const [index, uri] of parameters.serviceUris.entries()) {
    let last: ConnectionTest | undefined;
    const isLast = index === parameters.serviceUris.length - 1;
    for await (const test of testOne(OrchestratorAddressSchema.parse(uri), parameters)) {
      last = test;
      // The end of a way that is not the last one is not the test's end.
      if (test.ok !== false || isLast || !isUnreached(test)) yield test;
    }
    if (last?.ok === true || (last && !isUnreached(last))) return;
  }
}

/** Whether it ended before anybody was met: then another address may do. */
function isUnreached({ steps }: ConnectionTest): boolean {
  return steps.some(({ id, state }) => state === 'failed' && (id === 'name' || id === 'tcp'));
}

async function* testOne(
  address: OrchestratorAddress,
  { pin, access, signal }: TestConnectionParameters,
): AsyncGenerator<ConnectionTest, void, undefined> {
  const steps: ConnectionStep[] = CONNECTION_STEPS.map((id) => ({ id, state: 'waiting', text: '' }));
  const set = (id: ConnectionStepId, step: Omit<ConnectionStep, 'id'>): ConnectionTest => {
    steps[CONNECTION_STEPS.indexOf(id)] = { id, ...step };
    const failed = steps.some(({ state }) => state === 'failed');
    const done = steps.every(({ state }) => state === 'ok' || state === 'skipped');
    return { serviceUri: address.uri, steps: [...steps], ok: failed ? false : done ? true : null };
  };
  let seen: string | undefined;
  let http2: StepFinding = { ok: false, text: '' };
  const acts: Readonly<Record<ConnectionStepId, () => Promise<Finding>>> = {
    name: () => tryName(address),
    tcp: () => tryTcp(address, signal),
    tls: async () => {
      const finding = await tryTls(address, signal);
      seen = finding.pin;
      http2 = finding.http2 ?? finding;
      return finding;
    },
    pin: async () => pinFinding(pin, seen),
    http2: async () => http2,
    registration: () => tryAccess(address, pin, access, signal),
  };
  for (const id of CONNECTION_STEPS) {
    yield set(id, { state: 'running', text: '' });
    const started = performance.now();
    const finding = await acts[id]();
    const tookMs = Math.round(performance.now() - started);
    yield set(id, {
      state: finding.skipped ? 'skipped' : finding.ok ? 'ok' : 'failed',
      text: finding.text,
      ...(finding.nextStep === undefined ? {} : { nextStep: finding.nextStep }),
      ...(finding.skipped || id === 'pin' || id === 'http2' ? {} : { tookMs }),
    });
    if (!finding.ok) return;
  }
}

function pinFinding(pin: string | undefined, seen: string | undefined): Finding {
  if (pin === undefined) {
    return { ok: true, skipped: true, text: 'Nothing is known of its key beforehand: only an invite says which one it must be.' };
  }
  if (seen === pin) return { ok: true, text: 'It has the very key that signed the invite.' };
  return {
    ok: false,
    text: 'It shows another key than the one that signed the invite. Nothing was sent to it.',
    nextStep:
      'Ask the operator, by another way than this connection, whether the key was changed, and for a new invite. If it was not, somebody may be listening in.',
  };
}

async function tryAccess(
  address: OrchestratorAddress,
  pin: string | undefined,
  access: TestAccess,
  signal: AbortSignal,
): Promise<Finding> {
  if (access.kind === 'none') return { ok: true, skipped: true, text: 'Not tried: that needs the secret.' };
  try {
    if (access.kind === 'once') {
      if (pin === undefined) throw new EngineError({ code: 'internal', message: 'A one-time code without a pin' });
      await checkCode({ address, pin, id: access.id, code: access.code, signal });
      return { ok: true, text: 'The one-time code is good. It is used up when you accept.' };
    }
    await trySecret(address, pin, access.secret, signal);
    return { ok: true, text: 'The orchestrator takes the secret.' };
  } catch (thrown) {
    signal.throwIfAborted();
    const { message, nextStep } = toEngineError(thrown);
    return { ok: false, text: message, ...(nextStep === undefined ? {} : { nextStep }) };
  }
}

/** @throws EngineError saying why the secret was not taken */
async function trySecret(
  address: OrchestratorAddress,
  pin: string | undefined,
  secret: string,
  signal: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const done = new EngineError({ code: 'aborted', message: 'The test is over' });
  try {
    await register({
      address,
      secret,
      pin,
      capacity: 0,
      capabilities: createCapabilities({ numbers: DEFAULT_CAPABILITIES }),
      signal: AbortSignal.any([signal, end.signal]),
      // One that takes an offer of nothing has taken the secret too.
      onRegistered: () => end.abort(done),
      onNotice: () => undefined,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error === done || (error instanceof EngineError && error.code === 'orchestrator-capacity-refused')) return;
    throw error;
  }
}
