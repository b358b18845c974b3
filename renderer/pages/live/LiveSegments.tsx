import { useMemo, useState } from 'react';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useThrottled } from '../../app/hooks.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SegmentTable } from '../../components/segments/SegmentTable.tsx';
import { useText } from '../../text/text.tsx';
import css from './LiveSegments.module.css';

/** Rows shown; the rest is on the history page. */
const ROWS = 40;
/** Shortest time between two renders of the list, milliseconds: nobody reads faster. */
const EVERY_MS = 250;

/** The newest segments as they come. */
export function LiveSegments() {
  const text = useText();
  const [filter, setFilter] = useState<'all' | 'failed'>('all');
  const segments = useThrottled(
    useSnapshot((snapshot) => snapshot.segments),
    EVERY_MS,
  );
  const shown = useMemo(
    () => segments.filter((segment) => filter === 'all' || segment.state === 'failed').slice(0, ROWS),
    [segments, filter],
  );
  return (
    <Panel
      title={text.segments.title}
      flush
      fill
      tools={
        <Segmented
          label={text.segments.filter}
          value={filter}
          onChange={setFilter}
          options={[
            { id: 'all', text: text.segments.all },
            { id: 'failed', text: text.segments.failedOnly },
          ]}
        />
      }
    >
      {shown.length > 0 ? (
        // No tab stop of its own: the rows in it take the focus, and with it the scrolling.
        <div className={css.scroll}>
          <SegmentTable segments={shown} caption={text.segments.title} />
        </div>
      ) : filter === 'failed' && segments.length > 0 ? (
        <EmptyState title={text.segments.emptyFailed} />
      ) : (
        <EmptyState title={text.segments.empty} text={text.segments.emptyText} />
      )}
    </Panel>
  );
}
