import { type ReactNode, useId } from 'react';
import css from './Panel.module.css';

interface PanelProps {
  readonly title: string;
  /** The title is for screen readers only. */
  readonly hideTitle?: boolean;
  /** Beside the title: a filter, a button. */
  readonly tools?: ReactNode;
  /** Without padding, for tables that reach the edges. */
  readonly flush?: boolean;
  /** As high as its place; the content scrolls. */
  readonly fill?: boolean;
  /** Not clipped at its rounded edge: what moves in it all the time is then far cheaper to put on the screen. */
  readonly unclipped?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, hideTitle = false, tools, flush = false, fill = false, unclipped = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`${css.panel} ${fill ? css.fill : ''} ${unclipped ? css.unclipped : ''}`} aria-labelledby={id}>
      <div className={hideTitle ? 'visually-hidden' : css.head}>
        <h2 id={id}>{title}</h2>
        {tools}
      </div>
      <div className={flush ? css.flush : css.body}>{children}</div>
    </section>
  );
}
