import type { ReactNode } from 'react';
import css from './EmptyState.module.css';

interface EmptyStateProps {
  readonly title: string;
  readonly text?: string;
  /** Without the drawing, for small places. */
  readonly plain?: boolean;
  /** The title is the page's heading. */
  readonly heading?: boolean;
  readonly children?: ReactNode;
}

/** What a place shows while it has nothing: why, and what will bring it. */
export function EmptyState({ title, text, plain = false, heading = false, children }: EmptyStateProps) {
  if (plain)
    return (
      <div className={css.plain}>
        <p>{title}</p>
        {text ? <p className={css.text}>{text}</p> : null}
      </div>
    );
  return (
    <div className={css.empty}>
      <svg className={css.art} viewBox="0 0 96 48" aria-hidden="true">
        <path d="M10 42V26a15 15 0 0 1 30 0v2a15 15 0 0 0 30 0V12" fill="none" strokeWidth="7" strokeLinecap="round" />
        <circle cx="84" cy="36" r="5" />
      </svg>
      {heading ? <h1 className={css.title}>{title}</h1> : <p className={css.title}>{title}</p>}
      {text ? <p className={css.text}>{text}</p> : null}
      {children}
    </div>
  );
}
