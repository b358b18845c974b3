import type { OrchestratorView } from '../api/orchestrator.ts';
import { Gauge } from './metrics.ts';

/** What stands of an orchestrator of this process, for a scrape. Transcoders beyond the view's rows are in the sums alone. */
export function orchestratorGauges(view: OrchestratorView): Gauge[] {
  const { transcoders, reachability, prices } = view;
  const perTranscoder = (name: string, help: string, read: (each: (typeof transcoders)[number]) => number | null): Gauge => {
    const gauge = new Gauge(name, help);
    for (const each of transcoders) gauge.set(read(each), { transcoder: each.id, address: each.address });
    return gauge;
  };
  const one = (name: string, help: string, value: number | null): Gauge => {
    const gauge = new Gauge(name, help);
    gauge.set(value);
    return gauge;
  };
  const reached = { reachable: 1, 'local-only': 1, unreachable: 0, unknown: null, checking: null }[reachability.state];
  const segments = new Gauge(
    'siphon_orchestrator_transcoder_segments',
    'Segments of each transcoder since it connected, by result.',
  );
  for (const { id, address, segments: done, failed } of transcoders) {
    segments.set(done, { transcoder: id, address, result: 'done' });
    segments.set(failed, { transcoder: id, address, result: 'failed' });
  }
  return [
    one('siphon_orchestrator_sessions', 'Streams that gateways send to the orchestrator of this engine.', view.sessionCount),
    one('siphon_orchestrator_sessions_limit', 'Streams it takes at once.', view.maxSessions),
    one('siphon_orchestrator_segments_in_flight', 'Segments it has in work.', view.inFlight),
    one('siphon_orchestrator_transcoders', 'Transcoders that work for it.', view.transcoderCount),
    one('siphon_orchestrator_reachable', '1 when its service URI was reached at the last try.', reached),
    one(
      'siphon_orchestrator_price_wei_per_pixel',
      'What it asks of everyone; absent while not known.',
      weiPerPixel(prices.base.price),
    ),
    perTranscoder('siphon_orchestrator_transcoder_sessions', 'Streams each transcoder has.', ({ load }) => load),
    perTranscoder('siphon_orchestrator_transcoder_capacity_sessions', 'Streams each one takes.', ({ capacity, draining }) =>
      draining ? 0 : capacity,
    ),
    perTranscoder(
      'siphon_orchestrator_transcoder_round_trip_seconds',
      'Median time from notice to result of its last segments.',
      ({ medianMs }) => (medianMs === null ? null : medianMs / 1000),
    ),
    segments,
  ];
}

/** A float is good enough to look at; what is asked for stays exact. */
function weiPerPixel(price: OrchestratorView['prices']['base']['price']): number | null {
  return price === null ? null : Number(price.wei) / Number(price.pixels);
}
