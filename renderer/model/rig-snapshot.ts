import type { AvailabilityView } from '../../engine/api/availability.ts';
import type { EngineSnapshot, Totals, WatchEvent } from '../../engine/api/snapshot.ts';

const NO_TOTALS: Totals = {
  segments: 0,
  failed: 0,
  encodedPixels: 0,
  decodedPixels: 0,
  bytesIn: 0,
  bytesOut: 0,
  mediaMs: 0,
};
const NO_AVAILABILITY: AvailabilityView = { rules: [], ownPause: null, presence: null, restingGpus: [], devices: [] };

/** What stands for parts of the state that a rig of an older version does not send. */
const MISSING: Partial<EngineSnapshot> = {
  yesterday: NO_TOTALS,
  today: NO_TOTALS,
  sinceStart: NO_TOTALS,
  link: null,
  hardware: null,
  capacity: null,
  practice: null,
  orchestrator: null,
  remote: null,
  sessions: [],
  segments: [],
  problems: [],
  previews: [],
  fleet: [],
  availability: NO_AVAILABILITY,
};

/**
 * An event of a rig's watch as this page can show it: of an older version the missing parts are empty. Its first run is its own
 * business, so this page never begins it.
 */
export function rigEvent(event: WatchEvent): WatchEvent {
  if (event.kind !== 'snapshot') return event;
  return { kind: 'snapshot', snapshot: { ...MISSING, ...event.snapshot, setup: { ...event.snapshot.setup, state: 'done' } } };
}
