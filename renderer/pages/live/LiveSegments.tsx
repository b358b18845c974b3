import { useEffect, useMemo, useState } from 'react';
import { useSampledSnapshot } from '../../app/sampled.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SegmentTable } from '../../components/segments/SegmentTable.tsx';
import { shownSegments } from '../../model/shown-segments.ts';
import { useText } from '../../text/text.tsx';
import css from './LiveSegments.module.css';

/** Shortest time between two renders of the list, milliseconds: nobody reads faster. */
const EVERY_MS = 250;
/** The same for a list of which nothing is left a second later. */
const FAST_EVERY_MS = 500;

/** The newest segments as they come. */
export function LiveSegments() {
  const text = useText();
  const [filter, setFilter] = useState<'all' | 'failed'>('all');
  const [fast, setFast] = useState(false);
  const segments = useSampledSnapshot((snapshot) => snapshot.segments, fast ? FAST_EVERY_MS : EVERY_MS);
  const shown = useMemo(
    () => shownSegments(segments.filter((segment) => filter === 'all' || segment.state === 'failed')),
    [segments, filter],
  );
  useEffect(() => setFast(shown.fast), [shown.fast]);
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
      {shown.rows.length > 0 ? (
        // No tab stop of its own: the rows in it take the focus, and with it the scrolling.
        <div className={css.scroll}>
          <SegmentTable segments={shown.rows} caption={text.segments.title} />
        </div>
      ) : filter === 'failed' && segments.length > 0 ? (
        <EmptyState title={text.segments.emptyFailed} />
      ) : (
        <EmptyState title={text.segments.empty} text={text.segments.emptyText} />
      )}
    </Panel>
  );
}
