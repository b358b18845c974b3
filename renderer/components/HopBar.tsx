import { memo } from 'react';
import type { Hops } from '../../engine/api/snapshot.ts';
import { HOP_NAMES, hopMs, hopShares } from '../model/hops.ts';
import { useFormats, useText } from '../text/text.tsx';
import css from './hops.module.css';

interface HopBarProps {
  readonly hops: Hops;
  /** Milliseconds that the whole bar stands for; without it the bar is filled. */
  readonly scaleMs?: number;
  readonly large?: boolean;
}

/** A segment's way as one stacked bar; its text says the same in words. */
export const HopBar = memo(function HopBar({ hops, scaleMs, large = false }: HopBarProps) {
  const text = useText();
  const formats = useFormats();
  const words = HOP_NAMES.flatMap((hop) => {
    const ms = hopMs(hops, hop);
    return ms === undefined ? [] : [text.flow.share(text.hops[hop], formats.ms(ms))];
  });
  return (
    <span
      className={large ? css.barLarge : css.bar}
      role="img"
      aria-label={`${text.hopsLabel}: ${words.join(', ')}`}
      title={words.join('\n')}
      style={{ backgroundImage: barImage(hops, scaleMs) }}
    />
  );
});

/**
 * The pieces as one picture, each ended by a gap, none narrower than a pixel: lists show many bars that change often, and one
 * box each is a fifth of the work that a box per piece is.
 */
function barImage(hops: Hops, scaleMs: number | undefined): string {
  const stops = hopShares(hops, scaleMs).map(({ hop, start, share }) => {
    const from = `${(start * 100).toFixed(2)}%`;
    const to = `${((start + share) * 100).toFixed(2)}%`;
    return `var(--hop-${hop}) 0 max(${to} - 1px, ${from} + 1px), var(--pipe) 0 ${to}`;
  });
  return stops.length === 0 ? 'none' : `linear-gradient(to right, ${stops.join(', ')}, var(--pipe) 0)`;
}

/** The hops' colours and names, each with its time when given. */
export function HopLegend({ hops }: { hops?: Hops | undefined }) {
  const text = useText();
  const formats = useFormats();
  return (
    <ul className={css.legend}>
      {HOP_NAMES.map((hop) => {
        const ms = hops ? hopMs(hops, hop) : undefined;
        return (
          <li key={hop} className={css.entry} title={text.hopMeanings[hop]}>
            <span className={`${css.swatch} ${css[hop]}`} />
            <span>{text.hops[hop]}</span>
            {ms === undefined ? null : <span className={`number ${css.ms}`}>{formats.ms(ms)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
