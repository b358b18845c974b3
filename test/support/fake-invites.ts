import { createPrivateKey } from 'node:crypto';
import type { AcceptResult, ConnectionStep, InviteApi, InviteListing, Pools } from '../../engine/api/invite.ts';
import { CONNECTION_STEPS } from '../../engine/api/invite.ts';
import { toEngineError } from '../../engine/base/errors.ts';
import { inviteWarnings, readTarget, shownTarget } from '../../engine/invite/inspect.ts';
import { makeInvite, readInvite } from '../../engine/invite/invite.ts';
import { parsePayoutAddress } from '../../engine/invite/payout-address.ts';
import { parseDirectory } from '../../engine/invite/pool-directory.ts';
import { createCertificate } from '../../engine/wire/tls.ts';

const STEP_MS = 60;
const key = createPrivateKey(createCertificate('pool.example').key);
const DAY = 24 * 3600_000;

/** An invite as an operator would send it, signed for real. */
export function sampleInvite(nowMs: number, operator = 'Northern Lights Pool'): string {
  return makeInvite(
    {
      i: 'c2FtcGxlMQ',
      o: operator,
      u: ['https://pool.northern-lights.example:8935'],
      c: 'AAECAwQFBgcICQoLDA0ODw',
      t: {
        text: 'Paid every Friday for the week before. Questions: ops@northern-lights.example.',
        commissionPpm: 80_000,
        minimumPayoutWei: '5000000000000000',
        currency: 'ETH',
      },
      n: 'Welcome aboard, Ada! Keep the machine on for at least a day so that streams find you.',
      m: Math.floor(nowMs / 1000) - 3600,
      e: Math.floor((nowMs + 6 * DAY) / 1000),
    },
    key,
  );
}

/** Joining and inviting with the real rules and no network. */
export function fakeInvites(): InviteApi {
  let imported: Pools['imported'] = null;
  let listed: InviteListing[] = sampleListings(Date.now());
  const inspect = async (text: string) => {
    const nowMs = Date.now();
    return shownTarget(readTarget(text, nowMs), { nowMs, current: null });
  };
  const pools = async (): Promise<Pools> => ({ bundled: [], imported });
  return {
    inspect: ({ text }) => inspect(text),
    async *test({ text }) {
      const target = await inspect(text);
      const serviceUri = target.kind === 'invite' ? (target.invite.serviceUris[0] ?? '') : target.serviceUri;
      const steps: ConnectionStep[] = CONNECTION_STEPS.map((id) => ({ id, state: 'waiting', text: '' }));
      const fails = serviceUri.includes('closed');
      for (const [index, id] of CONNECTION_STEPS.entries()) {
        steps[index] = { id, state: 'running', text: '' };
        yield { serviceUri, steps: [...steps], ok: null };
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
        const failed = fails && id === 'tcp';
        steps[index] = failed
          ? {
              id,
              state: 'failed',
              text: `${serviceUri} does not answer at all.`,
              nextStep: 'Ask its operator to open that port.',
            }
          : { id, state: 'ok', text: STEP_TEXTS[id], tookMs: 12 };
        yield { serviceUri, steps: [...steps], ok: failed ? false : id === 'registration' ? true : null };
        if (failed) return;
      }
    },
    async accept({ text, payoutAddress, as }): Promise<AcceptResult> {
      const target = await inspect(text);
      return {
        serviceUri: target.kind === 'invite' ? (target.invite.serviceUris[0] ?? '') : target.serviceUri,
        operator: target.kind === 'invite' ? target.invite.operator : null,
        deploymentType: as ?? (target.kind === 'invite' ? 'pool-node' : 'siphon'),
        payoutAddress: payoutAddress ? parsePayoutAddress(payoutAddress) : null,
        configured: { changed: ['orchestrator.serviceUri'], rolesChanged: true, atNextStart: [] },
        undo: { id: 'undo', previous: { deploymentType: 'practice', serviceUri: null, operator: null } },
      };
    },
    undo: async () => ({ changed: ['orchestrator.serviceUri'], rolesChanged: true, atNextStart: [] }),
    async checkPayoutAddress({ address }) {
      try {
        return { ok: true, address: parsePayoutAddress(address) };
      } catch (error) {
        return { ok: false, error: toEngineError(error).toInfo() };
      }
    },
    async create({ operator, label, once, expiresInMs }) {
      const nowMs = Date.now();
      const link = sampleInvite(nowMs, operator);
      const invite = readInvite(link, nowMs);
      if (!invite) throw new Error('not an invite');
      const details = { ...invite.details, access: once ? ('once' as const) : ('secret' as const) };
      listed = [
        {
          id: `new${listed.length}`,
          label: label ?? null,
          access: details.access,
          madeAtMs: nowMs,
          expiresAtMs: expiresInMs === null ? null : nowMs + expiresInMs,
          state: 'open',
          used: null,
        },
        ...listed,
      ];
      return { link, invite: details, warnings: inviteWarnings(invite, { nowMs, current: null }) };
    },
    list: async () => listed,
    async revoke({ id }) {
      listed = listed.map((each) => (each.id === id ? { ...each, state: 'revoked' } : each));
    },
    pools,
    async importPools({ text }) {
      const { name, pools: entries } = parseDirectory(text);
      imported = {
        name,
        pools: await Promise.all(
          entries.map(async (entry) => {
            try {
              return { entry, target: await inspect(entry.join), error: null };
            } catch (error) {
              return { entry, target: null, error: toEngineError(error).toInfo() };
            }
          }),
        ),
      };
      return pools();
    },
    async forgetPools() {
      imported = null;
      return pools();
    },
    poolLatency: async ({ join }) =>
      join.includes('closed')
        ? { ok: false, error: { code: 'orchestrator-unreachable', message: 'It does not answer at all.' } }
        : { ok: true, medianMs: 18 + (join.length % 60) },
  };
}

const STEP_TEXTS = {
  name: 'pool.northern-lights.example is 203.0.113.7.',
  tcp: 'pool.northern-lights.example:8935 takes connections.',
  tls: 'pool.northern-lights.example:8935 speaks TLS.',
  pin: 'It has the very key that signed the invite.',
  http2: 'pool.northern-lights.example:8935 answers over TLS and HTTP/2.',
  registration: 'The one-time code is good. It is used up when you accept.',
};

function sampleListings(nowMs: number): InviteListing[] {
  const base = { access: 'once' as const, madeAtMs: nowMs - DAY, expiresAtMs: nowMs + 6 * DAY, used: null };
  return [
    { ...base, id: 'q1w2e3r4', label: 'Ada’s gaming PC', state: 'open' },
    {
      ...base,
      id: 'a5s6d7f8',
      label: 'Grace, rack 2',
      state: 'used',
      used: { atMs: nowMs - 5 * 3600_000, from: '198.51.100.23', payoutAddress: '0x52908400098527886E0F7030069857D2E4169EE7' },
    },
    { ...base, id: 'z9x8c7v6', label: null, access: 'secret', expiresAtMs: null, state: 'open' },
  ];
}
