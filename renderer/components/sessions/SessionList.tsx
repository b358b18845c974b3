import { memo } from 'react';
import type { SessionRecord } from '../../../engine/api/snapshot.ts';
import { useNow } from '../../app/hooks.ts';
import { useSampledSnapshot } from '../../app/sampled.ts';
import { profileLabel, shortName } from '../../model/names.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { EmptyState } from '../EmptyState.tsx';
import { ToneMark } from '../icons.tsx';
import { Panel } from '../Panel.tsx';
import css from './SessionList.module.css';

const SHOWN = 8;

/** The streams this machine works on, and those that ended lately. */
export function SessionList() {
  const text = useText();
  const sessions = useSampledSnapshot((snapshot) => snapshot.sessions, 500);
  return (
    <Panel title={text.sessions.title}>
      {sessions.length === 0 ? (
        <EmptyState plain title={text.sessions.empty} text={text.sessions.emptyText} />
      ) : (
        <ul className={css.list}>
          {sessions.slice(0, SHOWN).map((session) => (
            <SessionItem key={session.id} session={session} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const SessionItem = memo(function SessionItem({ session }: { session: SessionRecord }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(5_000);
  const live = session.endedAtMs === undefined;
  return (
    <li className={css.item} data-live={live}>
      <div className={css.line}>
        <ToneMark tone={live ? 'working' : 'stopped'} size={14} />
        <strong className={css.name}>{session.manifestId}</strong>
        <strong className={`number ${css.factor}`}>{live ? formats.factor(session.realtimeFactor) : text.sessions.ended}</strong>
      </div>
      <p className={`number ${css.facts}`}>
        {text.sessions.segments(session.segments, formats)}
        {session.failed > 0 ? <span className={css.failed}>, {text.sessions.failed(session.failed, formats)}</span> : null},{' '}
        {formats.pixels(session.encodedPixels)}, {text.sessions.started(formats.ago(session.startedAtMs, now))}
      </p>
      <p className={css.facts}>
        {[session.profiles.map(profileLabel).join(' '), session.device && shortName(session.device.name)]
          .filter((part) => part !== undefined && part !== '')
          .join(', ')}
      </p>
    </li>
  );
});
