import { useCallback, useEffect, useRef, useState } from 'react';
import type { LogLine } from '../../../engine/api/commands.ts';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { withNewLines } from '../../model/log-filter.ts';

/** How often a followed log is read, milliseconds. */
const EVERY_MS = 1_500;

/** The engine's log as far as this page has read it. */
export interface Logs {
  readonly lines: readonly LogLine[];
  /** False until the first answer. */
  readonly known: boolean;
  readonly error: ErrorInfo | null;
}

const NOTHING: Logs = { lines: [], known: false, error: null };

/** Reads the log once, then only what is new while it is followed. A restarted engine begins a log of its own. */
export function useLogs(follow: boolean): Logs {
  const { client } = useEngine();
  const online = useOnline();
  const startedAtMs = useSnapshot((snapshot) => snapshot.engine.startedAtMs);
  const [logs, setLogs] = useState<Logs>(NOTHING);
  const last = useRef({ startedAtMs: 0, seq: 0, reading: false });
  const read = useCallback(() => {
    const at = last.current;
    if (at.startedAtMs !== startedAtMs) last.current = { startedAtMs, seq: 0, reading: false };
    const mine = last.current;
    if (mine.reading) return;
    mine.reading = true;
    const fresh = mine.seq === 0;
    client
      .logs(mine.seq)
      .then(
        (newer) => {
          if (mine !== last.current) return;
          mine.seq = newer.at(-1)?.seq ?? mine.seq;
          setLogs((now) => {
            const lines = withNewLines(fresh ? [] : now.lines, newer);
            return now.known && lines === now.lines && now.error === null ? now : { lines, known: true, error: null };
          });
        },
        (problem: unknown) => setLogs((now) => ({ ...now, error: errorInfoOf(problem) })),
      )
      .finally(() => {
        mine.reading = false;
      });
  }, [client, startedAtMs]);
  useEffect(() => {
    if (online) read();
    if (!online || !follow) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') read();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [online, follow, read]);
  return logs;
}
