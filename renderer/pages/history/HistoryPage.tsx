import { useCallback, useEffect, useRef, useState } from 'react';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import type { SegmentRecord } from '../../../engine/api/snapshot.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SegmentTable } from '../../components/segments/SegmentTable.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './HistoryPage.module.css';

const PAGE_ROWS = 100;

type Filter = 'all' | 'done' | 'failed';

interface History {
  readonly segments: readonly SegmentRecord[];
  readonly state: 'loading' | 'ready' | 'end' | 'error';
  readonly error?: ErrorInfo;
}

const LOADING: History = { segments: [], state: 'loading' };

function useHistory(filter: Filter) {
  const { client } = useEngine();
  const [history, setHistory] = useState<History>(LOADING);
  const turn = useRef(0);
  const load = useCallback(
    (known: readonly SegmentRecord[]) => {
      turn.current += 1;
      const mine = turn.current;
      setHistory({ segments: known, state: 'loading' });
      const last = known.at(-1);
      client
        .history({
          limit: PAGE_ROWS,
          ...(last === undefined ? {} : { before: last.startedAtMs, beforeId: last.id }),
          ...(filter === 'all' ? {} : { state: filter }),
        })
        .then(
          (segments) => {
            if (mine !== turn.current) return;
            const ids = new Set(known.map((segment) => segment.id));
            const fresh = segments.filter((segment) => !ids.has(segment.id));
            setHistory({ segments: [...known, ...fresh], state: segments.length < PAGE_ROWS ? 'end' : 'ready' });
          },
          (error: unknown) => {
            if (mine === turn.current) setHistory({ segments: known, state: 'error', error: errorInfoOf(error) });
          },
        );
    },
    [client, filter],
  );
  useEffect(() => load([]), [load]);
  return { history, load };
}

/** Every segment on record, newest first. */
export function HistoryPage() {
  const text = useText();
  const online = useOnline();
  const [filter, setFilter] = useState<Filter>('all');
  const { history, load } = useHistory(filter);
  const { segments, state, error } = history;
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.segments.titleHistory}</h1>
        <div className={page.tools}>
          <Segmented
            label={text.segments.filter}
            value={filter}
            onChange={setFilter}
            options={[
              { id: 'all', text: text.segments.all },
              { id: 'done', text: text.segments.doneOnly },
              { id: 'failed', text: text.segments.failedOnly },
            ]}
          />
          <Button isDisabled={!online || state === 'loading'} onPress={() => load([])}>
            {text.segments.refresh}
          </Button>
        </div>
      </div>
      <Panel title={text.segments.listTitle} hideTitle flush>
        {segments.length > 0 ? (
          <SegmentTable segments={segments} caption={text.segments.titleHistory} />
        ) : state === 'end' ? (
          filter === 'failed' ? (
            <EmptyState title={text.segments.emptyFailed} />
          ) : (
            <EmptyState title={text.segments.empty} text={text.segments.emptyText} />
          )
        ) : null}
        <div className={css.foot}>
          {state === 'loading' ? <p>{text.loading}</p> : null}
          {state === 'ready' ? <Button onPress={() => load(segments)}>{text.segments.older}</Button> : null}
          {state === 'end' && segments.length > 0 ? <p>{text.segments.end}</p> : null}
          {state === 'error' ? (
            <>
              <p role="alert" className={page.error}>
                {text.segments.loadFailed} {error?.message}
              </p>
              <Button onPress={() => load(segments)}>{text.segments.retry}</Button>
            </>
          ) : null}
        </div>
      </Panel>
    </div>
  );
}
