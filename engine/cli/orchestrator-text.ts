import type { OrchestratorPrices, OrchestratorView, PriceEntry, WhyNoWorkItem } from '../api/orchestrator.ts';
import { formatDuration, formatTable, plain } from './format.ts';

const SHOWN = 20;

/** The own orchestrator for a terminal. */
export function orchestratorText(view: OrchestratorView, nowMs: number): string {
  const { reachability, sessions, sessionCount, transcoderCount, recentErrors } = view;
  const head = [
    `Service URI: ${view.serviceUri} (listens on ${view.listening})`,
    `Reachable: ${reachability.state}. ${plain(reachability.text)}`,
    ...(reachability.nextStep === undefined ? [] : [`  ${plain(reachability.nextStep)}`]),
    ...(view.onChain ? [] : ['Off-chain: for practice, tests and private networks; nothing is earned.']),
    `Price: ${priceText(view.prices.base)}`,
    `Streams: ${sessionCount} of ${view.maxSessions}${view.draining ? ', takes no new ones now' : ''}`,
  ];
  const rows = sessions
    .slice(0, SHOWN)
    .map((session) => [
      plain(session.manifestId),
      session.gateway === null ? '-' : plain(session.gateway),
      session.transcoder === null ? '-' : plain(session.transcoder),
      String(session.segments),
      String(session.failed),
      session.lastSegmentAtMs === null ? '-' : `${formatDuration(Math.max(0, nowMs - session.lastSegmentAtMs))} ago`,
    ]);
  const table = formatTable(['stream', 'gateway', 'transcoder', 'segments', 'failed', 'last'], rows);
  return [
    ...head,
    ...(rows.length > 0 ? ['', table] : []),
    ...(sessionCount > rows.length ? [`and ${sessionCount - rows.length} more`] : []),
    '',
    transcoderCount === 0 ? 'No transcoder is connected.' : transcodersText(view, nowMs),
    ...(recentErrors.length > 0
      ? ['', 'Errors lately:', ...recentErrors.slice(0, 5).map(({ text, count }) => `  ${count} × ${plain(text)}`)]
      : []),
    ...(sessionCount === 0 ? ['', 'No work? See: siphon orchestrator why'] : []),
  ].join('\n');
}

/** The connected transcoders as a table. */
export function transcodersText({ transcoders, transcoderCount }: OrchestratorView, nowMs: number): string {
  const rows = transcoders.map((transcoder) => [
    plain(transcoder.id),
    transcoder.local ? 'this machine' : plain(transcoder.address),
    `${transcoder.load}/${transcoder.capacity}${transcoder.draining ? ' draining' : ''}`,
    String(transcoder.segments),
    String(transcoder.failed),
    transcoder.medianMs === null ? '-' : formatDuration(transcoder.medianMs),
    formatDuration(Math.max(0, nowMs - transcoder.connectedSinceMs)),
  ]);
  const table = formatTable(['transcoder', 'from', 'load', 'segments', 'failed', 'median', 'connected'], rows);
  return transcoderCount > rows.length ? `${table}\nand ${transcoderCount - rows.length} more` : table;
}

/** The checklist "why no work". */
export function whyText(items: readonly WhyNoWorkItem[]): string {
  const mark = (ok: boolean | null) => (ok === null ? '?' : ok ? '✓' : '✗');
  return items
    .flatMap(({ ok, title, text, nextStep }) => [
      `${mark(ok)} ${plain(title)}`,
      `    ${plain(text)}`,
      ...(nextStep === undefined || ok === true ? [] : [`    ${plain(nextStep)}`]),
    ])
    .join('\n');
}

/** All prices, one a line. */
export function pricesText({ base, perGateway, perCapability }: OrchestratorPrices): string {
  return [
    `for everyone: ${priceText(base)}`,
    ...perGateway.map((entry) => `for ${plain(entry.gateway)}: ${priceText(entry)}`),
    ...perCapability.map((entry) => `for ${plain(entry.capability)}: ${priceText(entry)}`),
  ].join('\n');
}

function priceText({ text, price }: PriceEntry): string {
  const worth =
    price === null ? 'worth not known yet' : `${price.wei} wei for ${price.pixels} ${price.pixels === '1' ? 'pixel' : 'pixels'}`;
  return `${plain(text)} (${worth})`;
}
