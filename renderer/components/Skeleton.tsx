import css from './Skeleton.module.css';

/** The shape of a page whose content is still on its way; the words are for screen readers. */
export function PageSkeleton({ label }: { label: string }) {
  return (
    <div className={css.page}>
      <p className="visually-hidden" role="status">
        {label}
      </p>
      <div className={css.head} aria-hidden="true">
        <span className={css.disc} />
        <span className={css.line} />
      </div>
      <div className={css.columns} aria-hidden="true">
        <SkeletonBlock height={220} />
        <SkeletonBlock height={220} />
      </div>
      <SkeletonBlock height={260} />
    </div>
  );
}

/** The place of one part that is still on its way. */
export function SkeletonBlock({ height }: { height: number }) {
  return <div className={css.block} style={{ height }} aria-hidden="true" />;
}
