import { lazy, Suspense, useState } from 'react';
import { useSnapshot } from '../../../app/engine-context.tsx';
import { Button } from '../../../components/Button.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Icon } from '../../../components/icons.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { profileLabel } from '../../../model/names.ts';
import { useText } from '../../../text/text.tsx';
import css from './player.module.css';

const PlayerStage = lazy(async () => ({ default: (await import('./PlayerStage.tsx')).PlayerStage }));

/** Source and renditions side by side. Nothing is fetched before somebody wants to watch. */
export function PlayerPanel() {
  const text = useText();
  const previews = useSnapshot((snapshot) => snapshot.previews);
  const [chosen, setChosen] = useState<string | null>(null);
  const [watching, setWatching] = useState(false);
  const stream = previews.find((preview) => preview.sessionId === chosen) ?? previews[0];
  const choice =
    previews.length > 1 && stream ? (
      <Segmented
        label={text.player.stream}
        value={stream.sessionId}
        onChange={setChosen}
        options={previews.slice(0, 4).map((preview) => ({ id: preview.sessionId, text: preview.manifestId }))}
      />
    ) : undefined;
  return (
    <Panel title={text.player.title} tools={choice}>
      {!stream ? (
        <EmptyState plain title={text.player.empty} text={text.player.emptyText} />
      ) : watching ? (
        <Suspense fallback={<p>{text.player.loading}</p>}>
          <PlayerStage key={stream.sessionId} stream={stream} />
        </Suspense>
      ) : (
        <div className={css.invite}>
          <p>{text.player.intro}</p>
          <ul className={css.tracks}>
            {stream.tracks.map((track) => (
              <li key={track.name} className="number">
                {track.name === 'source' ? text.player.source : profileLabel(track.name)}{' '}
                <span>{text.player.size(track.width, track.height)}</span>
              </li>
            ))}
          </ul>
          <Button kind="primary" onPress={() => setWatching(true)}>
            <Icon name="play" size={18} />
            {text.player.open}
          </Button>
        </div>
      )}
    </Panel>
  );
}
