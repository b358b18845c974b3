import type { InviteDetails, InviteListing, JoinTarget } from '../api/invite.ts';
import { plain } from './format.ts';

const STATES: Readonly<Record<InviteListing['state'], string>> = {
  open: 'open',
  used: 'used',
  revoked: 'revoked',
  expired: 'expired',
};

/** An invite in words, as it is shown before it is accepted. Everything in it was written by somebody else: nothing gets to the terminal raw. */
export function inviteText(invite: InviteDetails, nowMs: number): string {
  const { operator, serviceUris, pin, access, terms, note, madeAtMs, expiresAtMs } = invite;
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['Operator', operator],
    ['Address', serviceUris.join(', ')],
    ['Key', shortPin(pin)],
    ['Access', access === 'once' ? 'a code that works once' : 'the orchestrator’s secret itself'],
    ['Keeps', terms.commissionPpm === null ? 'not said' : `${terms.commissionPpm / 10_000} %`],
    ['Pays from', terms.minimumPayoutWei === null ? 'not said' : `${terms.minimumPayoutWei} wei (${terms.currency})`],
    ...(terms.text ? [['Terms', terms.text] as const] : []),
    ...(note ? [['Note', note] as const] : []),
    ['Made', dateText(madeAtMs)],
    ['Expires', expiresAtMs === null ? 'never' : `${dateText(expiresAtMs)}, ${leftText(expiresAtMs - nowMs)}`],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(11)}${plain(value.replaceAll('\n', ' '))}`).join('\n');
}

/** What a target is, in words. */
export function targetText(target: JoinTarget, nowMs: number): string {
  return target.kind === 'invite' ? inviteText(target.invite, nowMs) : `Address:   ${plain(target.serviceUri)}`;
}

/** The operator's list. */
export function inviteListText(list: readonly InviteListing[], nowMs: number): string {
  if (list.length === 0) return 'No invites were made yet. Make one with: siphon invite create --once --name <your name>';
  return list
    .map(({ id, label, access, state, madeAtMs, expiresAtMs, used }) => {
      const what = access === 'once' ? 'one-time' : 'secret';
      const end = expiresAtMs === null ? 'never expires' : `expires ${dateText(expiresAtMs)}`;
      const by = used
        ? `used ${dateText(used.atMs)} from ${plain(used.from)}${used.payoutAddress === null ? '' : `, pays to ${used.payoutAddress}`}`
        : state === 'open'
          ? `${end}${expiresAtMs === null ? '' : `, ${leftText(expiresAtMs - nowMs)}`}`
          : STATES[state];
      return `${id.padEnd(10)}${what.padEnd(10)}${STATES[state].padEnd(9)}made ${dateText(madeAtMs)}, ${by}${label === null ? '' : `  (${plain(label)})`}`;
    })
    .join('\n');
}

/** First and last digits of a pin, enough to compare by eye. */
function shortPin(pin: string): string {
  return `${(pin.slice(0, 16).match(/.{4}/g) ?? []).join(' ')} … ${pin.slice(-4)}`;
}

function dateText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function leftText(ms: number): string {
  const hours = Math.max(0, Math.round(ms / 3600_000));
  return hours < 48 ? `${hours} h left` : `${Math.round(hours / 24)} days left`;
}
