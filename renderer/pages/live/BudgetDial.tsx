import type { DeviceRef } from '../../../engine/api/media.ts';
import type { RunStateName } from '../../../engine/api/snapshot.ts';
import { Icon } from '../../components/icons.tsx';
import { arcDash, type FlowGeometry } from '../../model/flow-geometry.ts';
import { hopShares, type RecentHops } from '../../model/hops.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './BudgetDial.module.css';

interface BudgetDialProps {
  readonly geometry: FlowGeometry;
  readonly recent: RecentHops | undefined;
  readonly runState: RunStateName;
  readonly device: DeviceRef | undefined;
}

const STROKE = 15;

/**
 * The dial in the middle of the way: the full ring is the time a segment plays, the coloured arcs are what its hops took.
 * What stays empty is the headroom; a full red-rimmed ring is slower than real time.
 */
export function BudgetDial({ geometry, recent, runState, device }: BudgetDialProps) {
  const text = useText();
  const formats = useFormats();
  const { x, y, radius } = geometry.dial;
  const ring = radius - STROKE / 2;
  const circumference = 2 * Math.PI * ring;
  const resting = runState === 'paused' || runState === 'stopped';
  const late = recent?.realtimeFactor !== undefined && recent.realtimeFactor < 1;
  return (
    <div
      className={css.dial}
      data-late={late}
      data-resting={resting}
      style={{ left: x - radius, top: y - radius, width: radius * 2, height: radius * 2 }}
    >
      <svg
        aria-hidden="true"
        className={css.ring}
        viewBox={`0 0 ${radius * 2} ${radius * 2}`}
        width={radius * 2}
        height={radius * 2}
      >
        <circle cx={radius} cy={radius} r={radius + 3} className={css.case} />
        <circle cx={radius} cy={radius} r={ring} className={css.track} strokeWidth={STROKE} />
        <g transform={`rotate(-90 ${radius} ${radius})`}>
          {(recent ? hopShares(recent.hops, recent.budgetMs) : []).map(({ hop, share, start }) => {
            const dash = arcDash(share, start, circumference);
            return (
              <circle
                key={hop}
                cx={radius}
                cy={radius}
                r={ring}
                className={css.arc}
                strokeWidth={STROKE}
                style={{ stroke: `var(--hop-${hop})`, strokeDasharray: dash.array, strokeDashoffset: dash.offset }}
              />
            );
          })}
          <Ticks radius={radius} />
        </g>
      </svg>
      <div className={css.face}>
        {resting ? (
          <Icon name="pause" size={34} />
        ) : (
          <>
            <span className={css.name}>{text.flow.transcode}</span>
            <strong className={`number ${css.factor}`}>{formats.factor(recent?.realtimeFactor)}</strong>
            <span className={css.unit}>{recent ? text.flow.realTime : text.flow.idle}</span>
            {recent ? (
              <span className={`number ${css.budget}`}>
                {text.flow.budget(formats.ms(recent.hops.totalMs ?? 0), formats.ms(recent.budgetMs))}
              </span>
            ) : null}
          </>
        )}
      </div>
      {device?.kind === 'cpu' ? <span className={css.device}>{text.flow.onCpu}</span> : null}
    </div>
  );
}

/** Marks at each tenth of the segment's time. */
function Ticks({ radius }: { radius: number }) {
  const inner = radius - STROKE - 6;
  return Array.from({ length: 10 }, (_, index) => {
    const angle = (index / 10) * 2 * Math.PI;
    const point = (distance: number) => [radius + distance * Math.cos(angle), radius + distance * Math.sin(angle)] as const;
    const [x1, y1] = point(inner);
    const [x2, y2] = point(inner + (index % 5 === 0 ? 5 : 3));
    // biome-ignore lint/suspicious/noArrayIndexKey: the ticks never change
    return <line key={index} x1={x1} y1={y1} x2={x2} y2={y2} className={css.tick} />;
  });
}
