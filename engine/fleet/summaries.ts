import { FLEET_VIEW_MS } from '../api/fleet.ts';
import { type RigSummary, summarise } from '../api/rig-summary.ts';
import type { EngineSnapshot } from '../api/snapshot.ts';
import { sleep } from '../base/abort.ts';

/** The summary of this machine: at once, then whenever it changed, at most once a second, until the signal aborts. */
export async function* summaries(
  snapshot: () => EngineSnapshot,
  signal: AbortSignal,
): AsyncGenerator<RigSummary, void, undefined> {
  let last = '';
  while (!signal.aborted) {
    const summary = summarise(snapshot());
    const text = JSON.stringify(summary);
    if (text !== last) {
      last = text;
      yield summary;
    }
    await sleep(FLEET_VIEW_MS, signal).catch(() => {});
  }
}
