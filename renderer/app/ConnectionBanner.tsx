import { ToneMark } from '../components/icons.tsx';
import { useFormats, useText } from '../text/text.tsx';
import css from './ConnectionBanner.module.css';
import { useEngineState } from './engine-context.tsx';
import { useNow } from './hooks.ts';

/** Says above every page that what it shows is old, while the engine cannot be reached. */
export function ConnectionBanner() {
  const connection = useEngineState((state) => state.connection);
  const text = useText();
  if (connection.phase === 'live') return null;
  return (
    <div className={css.banner}>
      <ToneMark tone="connecting" />
      <p role="status">
        <strong>{text.connection.lost}</strong> {text.connection.lostText}
      </p>
      <RetryIn atMs={connection.retryAtMs} />
    </div>
  );
}

/** Counts down to the next attempt. Not a live region: a number a second is noise. */
export function RetryIn({ atMs }: { atMs: number | undefined }) {
  const now = useNow(500);
  const text = useText();
  const formats = useFormats();
  const left = atMs === undefined ? 0 : Math.ceil((atMs - now) / 1000) * 1000;
  return <span className="number">{left > 0 ? text.connection.retryIn(formats.duration(left)) : text.connection.retrying}</span>;
}
