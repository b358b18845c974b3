import { useId } from 'react';
import css from './Meter.module.css';

interface MeterProps {
  readonly label: string;
  /** 0–1; null = not known. */
  readonly share: number | null;
  readonly value: string;
  /** Above this share the bar warns by colour and by its stripes. */
  readonly high?: number;
}

/** A labelled bar with its value in words. */
export function Meter({ label, share, value, high = 2 }: MeterProps) {
  const id = useId();
  return (
    <div className={css.meter}>
      <span id={id} className={css.label}>
        {label}
      </span>
      <span className={`number ${css.value}`}>{value}</span>
      {share === null ? (
        <span className={css.track} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: the browser's own meter cannot be given these looks
        <span
          className={css.track}
          role="meter"
          aria-labelledby={id}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
          aria-valuetext={value}
        >
          <span
            className={css.fill}
            data-high={share > high}
            style={{ transform: `scaleX(${Math.min(1, Math.max(0, share))})` }}
          />
        </span>
      )}
    </div>
  );
}
