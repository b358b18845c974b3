import { type ReactNode, useId } from 'react';
import css from './Panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Beside the title: a filter, a button. */
  readonly tools?: ReactNode;
  /** Without padding, for tables that reach the edges. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, tools, flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={id}>
      <div className={css.head}>
        <h2 id={id}>{title}</h2>
        {tools}
      </div>
      <div className={flush ? css.flush : css.body}>{children}</div>
    </section>
  );
}
