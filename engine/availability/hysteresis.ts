import type { Config } from '../config/schema.ts';

/** The cards that are too hot: those that passed `pauseAbove` and have not come below `resumeBelow` since. An unknown temperature changes nothing. */
export function hotCards(
  before: ReadonlySet<string>,
  temperatures: ReadonlyMap<string, number | null>,
  { pauseAbove, resumeBelow }: Config['availability']['temperature'],
): ReadonlySet<string> {
  if (pauseAbove === null) return new Set();
  const hot = new Set<string>();
  for (const [uuid, celsius] of temperatures) {
    const was = before.has(uuid);
    if (celsius === null ? was : was ? celsius >= resumeBelow : celsius > pauseAbove) hot.add(uuid);
  }
  return hot;
}

/** A condition that must hold for a while before it counts, and be gone for a while before it counts no more. */
export interface Sustained {
  readonly active: boolean;
  /** When what it sees began to differ from `active`, monotonic milliseconds; undefined = it does not differ. */
  readonly differsSinceMs?: number;
}

export const NOT_SUSTAINED: Sustained = { active: false };

/** Takes one look at the condition. `seen` undefined = not known now: what was begun starts anew. Times in milliseconds, `nowMs` monotonic. */
export function sustain(
  before: Sustained,
  seen: boolean | undefined,
  nowMs: number,
  { afterMs, clearMs }: { readonly afterMs: number; readonly clearMs: number },
): Sustained {
  if (seen === undefined || seen === before.active) return { active: before.active };
  const since = before.differsSinceMs ?? nowMs;
  if (nowMs - since >= (before.active ? clearMs : afterMs)) return { active: seen };
  return { active: before.active, differsSinceMs: since };
}
