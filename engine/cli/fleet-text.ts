import type { PairingOffer, RemoteView, RigView } from '../api/fleet.ts';
import { formatDuration, formatTable, plain } from './format.ts';

/** The rigs of the fleet for a terminal. */
export function fleetText(rigs: readonly RigView[], nowMs: number): string {
  if (rigs.length === 0) {
    return 'No rig is watched from here. On the rig: siphon remote on, siphon remote pair. Then here: siphon fleet add';
  }
  const rows = rigs.map(({ id, name, kind, address, state, rights, summary, lastSeenAtMs }) => {
    const isLive = state === 'live' && summary !== null;
    const temperatures = summary?.gpus.flatMap(({ temperatureC }) => temperatureC ?? []) ?? [];
    return [
      plain(id),
      plain(name),
      isLive ? plain(summary.run?.state ?? 'unknown') : state,
      isLive ? `${summary.streams.used}/${summary.streams.total ?? '?'}` : '-',
      summary ? String(summary.gpus.length) : '-',
      isLive && temperatures.length > 0 ? `${Math.max(...temperatures)} °C` : '-',
      summary?.today ? formatDuration(summary.today.mediaMs) : '-',
      isLive ? String(summary.problems.count) : '-',
      state === 'live' ? 'now' : lastSeenAtMs === null ? 'never' : `${formatDuration(Math.max(0, nowMs - lastSeenAtMs))} ago`,
      `${plain(address)}${kind === 'tunnel' ? ' (tunnel)' : rights === 'read-only' ? ' (look only)' : ''}`,
    ];
  });
  const header = ['id', 'name', 'state', 'streams', 'GPUs', 'hottest', 'video today', 'problems', 'seen', 'address'];
  const errors = rigs.flatMap(({ name, error, state }) =>
    error && state !== 'live' ? [`${plain(name)}: ${plain(error.message)}. ${plain(error.nextStep ?? '')}`.trim()] : [],
  );
  return [formatTable(header, rows), ...(errors.length > 0 ? ['', ...errors] : [])].join('\n');
}

/** What a new pairing needs on the other machine. */
export function pairingText(
  { link, code, rights, expiresAtMs }: PairingOffer,
  addresses: readonly string[],
  nowMs: number,
): string {
  return [
    `Good for ${formatDuration(expiresAtMs - nowMs)}, for one machine, which may ${rights === 'full' ? 'do everything' : 'only look'}.`,
    '',
    'Link (paste it on the page "Fleet" there, or give it to: siphon fleet add)',
    link,
    '',
    'Or type there:',
    `  address  ${addresses.join(' or ')}`,
    `  code     ${code}`,
  ].join('\n');
}

/** Whether other machines reach this one, and which ones may. */
export function remoteText(view: RemoteView | null, nowMs: number): string {
  if (!view?.enabled) return 'Other machines do not reach this one. Open it with: siphon remote on';
  const head = view.listening
    ? `Reachable as "${plain(view.name)}" at ${view.addresses.map(plain).join(', ')}`
    : `Should be reachable, but is not: ${plain(view.error?.message ?? 'it is just opening')}`;
  if (view.devices.length === 0) return `${head}\nNo machine is paired. Pair one with: siphon remote pair`;
  const rows = view.devices.map(({ id, name, rights, createdAtMs, lastSeenAtMs, connections }) => [
    plain(id),
    plain(name),
    rights,
    `${formatDuration(Math.max(0, nowMs - createdAtMs))} ago`,
    connections > 0 ? 'connected' : lastSeenAtMs === null ? 'never' : `${formatDuration(Math.max(0, nowMs - lastSeenAtMs))} ago`,
  ]);
  return `${head}\n${formatTable(['id', 'name', 'rights', 'paired', 'seen'], rows)}`;
}
