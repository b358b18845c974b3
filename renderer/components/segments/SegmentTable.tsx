import { memo, useRef, useState } from 'react';
import type { SegmentRecord } from '../../../engine/api/snapshot.ts';
import { hopsSum } from '../../model/hops.ts';
import { profileLabel } from '../../model/names.ts';
import { assignSlots, type Slots } from '../../model/slots.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { HopBar } from '../HopBar.tsx';
import { ToneMark } from '../icons.tsx';
import { SegmentSheet } from './SegmentSheet.tsx';
import css from './SegmentTable.module.css';

interface SegmentTableProps {
  readonly segments: readonly SegmentRecord[];
  readonly caption: string;
}

/** Segments as rows: state, way, speed, sizes. Each opens its details. */
export const SegmentTable = memo(function SegmentTable({ segments, caption }: SegmentTableProps) {
  const text = useText();
  const [openId, setOpenId] = useState<string | null>(null);
  const [opened, setOpened] = useState<SegmentRecord | null>(null);
  // A segment that has left the list stays open as it was last seen.
  const shown = openId === null ? null : (segments.find((segment) => segment.id === openId) ?? opened);
  const slots = useSlots(segments);
  const { columns } = text.segments;
  return (
    <div className={css.container}>
      <table className={css.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.segment}</th>
            <th scope="col" className={css.timeColumn}>
              {columns.time}
            </th>
            <th scope="col" className={css.wayColumn}>
              {columns.hops}
            </th>
            <th scope="col" className={`${css.right} ${css.totalColumn}`}>
              {columns.total}
            </th>
            <th scope="col" className={css.right}>
              {columns.factor}
            </th>
            <th scope="col" className={css.outColumn}>
              {columns.out}
            </th>
            <th scope="col" className={css.sizeColumn}>
              {columns.size}
            </th>
          </tr>
        </thead>
        <tbody>
          {segments.map((segment) => (
            <SegmentRow
              key={slots.get(segment.id)}
              segment={segment}
              onOpen={(which) => {
                setOpenId(which.id);
                setOpened(which);
              }}
            />
          ))}
        </tbody>
      </table>
      {shown ? <SegmentSheet segment={shown} onClose={() => setOpenId(null)} /> : null}
    </div>
  );
});

/** A row for each segment: at high rates the rows of those that have left are written over, which costs a fraction of new ones. */
function useSlots(segments: readonly SegmentRecord[]): Slots {
  const slots = useRef<{ readonly of: readonly SegmentRecord[]; readonly map: Slots }>({ of: [], map: new Map() });
  if (slots.current.of !== segments) {
    const ids = segments.map(({ id }) => id);
    slots.current = { of: segments, map: assignSlots(slots.current.map, ids) };
  }
  return slots.current.map;
}

interface SegmentRowProps {
  readonly segment: SegmentRecord;
  readonly onOpen: (segment: SegmentRecord) => void;
}

const SegmentRow = memo(
  function SegmentRow({ segment, onOpen }: SegmentRowProps) {
    const text = useText();
    const formats = useFormats();
    const { hops, state, error } = segment;
    const failed = state === 'failed';
    const name = `${segment.manifestId} ${text.segments.sequence(String(segment.seq))}`;
    const bytesOut = segment.renditions.reduce((sum, rendition) => sum + rendition.bytes, 0);
    const late = segment.realtimeFactor !== undefined && segment.realtimeFactor < 1;
    return (
      <tr className={css.row} data-state={state}>
        <td className={css.nameCell}>
          <button type="button" className={css.open} aria-label={text.segments.open(name)} onClick={() => onOpen(segment)}>
            <span className={css.state}>
              <StateMark state={state} />
            </span>
            <span className={css.manifest}>{segment.manifestId}</span>
            <span className={`number ${css.seq}`}>{text.segments.sequence(String(segment.seq))}</span>
          </button>
          <span className="visually-hidden">{text.segments.state[state]}</span>
        </td>
        <td className={`number ${css.timeColumn}`}>{formats.moment(segment.startedAtMs, Date.now())}</td>
        <td className={css.wayColumn}>
          {failed && error ? (
            <span className={css.reason} lang="en">
              {error.message}
            </span>
          ) : (
            <HopBar hops={hops} scaleMs={Math.max(segment.durationMs, hopsSum(hops))} />
          )}
        </td>
        <td className={`number ${css.right} ${css.totalColumn}`}>
          {hops.totalMs === undefined ? text.none : formats.ms(hops.totalMs)}
        </td>
        <td className={`number ${css.right}`} data-late={late}>
          {failed ? <span className={css.failed}>{text.segments.state.failed}</span> : formats.factor(segment.realtimeFactor)}
        </td>
        <td className={`number ${css.outColumn}`}>
          {segment.renditions.map((rendition) => profileLabel(rendition.name)).join(' ')}
        </td>
        <td className={`number ${css.sizeColumn}`}>
          {formats.bytes(segment.sourceBytes)}
          {bytesOut > 0 ? ` → ${formats.bytes(bytesOut)}` : ''}
        </td>
      </tr>
    );
  },
  (before, after) => before.segment === after.segment,
);

function StateMark({ state }: { state: SegmentRecord['state'] }) {
  if (state === 'failed') return <ToneMark tone="problem" size={16} />;
  if (state === 'done') return <ToneMark tone="working" size={14} />;
  return <ToneMark tone="connecting" size={16} />;
}
