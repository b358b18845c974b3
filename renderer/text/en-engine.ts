import type { AvailabilityRule } from '../../engine/api/availability.ts';
import type { ErrorCode } from '../../engine/api/errors.ts';
import type { HardwareVerdict } from '../../engine/api/hardware.ts';
import type { RunState } from '../../engine/api/snapshot.ts';

/** What stands for the engine's own words, which are English. */
export interface EngineWords {
  readonly title: string;
  readonly nextStep?: string;
}

/** A language's words for what the engine says; what is not here is shown in the engine's English. */
export interface EngineCatalogue {
  /** By the key of a problem up to its colon: one code may have several causes. */
  readonly problems: Readonly<Record<string, EngineWords>>;
  readonly codes: Readonly<Partial<Record<ErrorCode, EngineWords>>>;
  /** Why the engine is paused or stopped, as a sentence. */
  readonly reasons: Readonly<Partial<Record<NonNullable<RunState['reason']>, string>>>;
  /** What the hardware is good for, where the engine found nothing wrong with it. */
  readonly verdict: Readonly<Partial<Record<HardwareVerdict['kind'], string>>>;
  /** Titles of the checklist "why no work", by id. */
  readonly checks: Readonly<Record<string, string>>;
  /** Names of the rules that pause by themselves. */
  readonly rules: Readonly<Partial<Record<AvailabilityRule, string>>>;
}

/** English: the engine's own words. */
export const engineEn: EngineCatalogue = { problems: {}, codes: {}, reasons: {}, verdict: {}, checks: {}, rules: {} };
