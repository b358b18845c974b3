import { sparklinePath } from '../model/sparkline.ts';
import css from './Sparkline.module.css';

interface SparklineProps {
  readonly values: ReadonlyArray<number | null>;
  /** Value at the top edge. */
  readonly max: number;
  readonly color: string;
  readonly label: string;
}

/** A small curve of the last minutes. */
export function Sparkline({ values, max, color, label }: SparklineProps) {
  const { line, area } = sparklinePath(values, max, 100, 32);
  return (
    <svg className={css.spark} viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={area} style={{ fill: color }} className={css.area} />
      <path d={line} style={{ stroke: color }} className={css.line} />
    </svg>
  );
}
