import { type Config, ConfigSchema } from '../config/schema.ts';
import { configChanges } from '../config/settings.ts';
import type { Store } from '../store/store.ts';

/** Key under which the configuration of the last start is kept. */
const LAST_KEY = 'last-config';

/**
 * Puts into the history what changed in the configuration since the last start, whoever changed it (command, editor,
 * variable). The first start, and one after an update that no longer understands the old one, record nothing.
 */
export function recordConfigChanges(
  store: Store,
  config: Config,
  event: { readonly atMs: number; readonly source: string },
): void {
  const last = ConfigSchema.safeParse(store.getValue(LAST_KEY));
  const changes = last.success ? configChanges(last.data, config) : [];
  if (changes.length > 0) store.recordConfigEvents(changes.map((change) => ({ ...change, ...event })));
  if (changes.length > 0 || !last.success) store.setValue(LAST_KEY, config);
}
