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
    >
      {hopShares(hops, scaleMs).map(({ hop, share }) => (
        <span key={hop} className={css[hop]} style={{ width: `${(share * 100).toFixed(2)}%` }} />
      ))}
    </span>
  );
});

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
