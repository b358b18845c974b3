import { useEffect, useRef, useState } from 'react';
import type { PreviewStream } from '../../../../engine/api/snapshot.ts';
import { useEngine } from '../../../app/engine-context.tsx';
import { Button } from '../../../components/Button.tsx';
import { Icon } from '../../../components/icons.tsx';
import { profileLabel } from '../../../model/names.ts';
import { useFormats, useText } from '../../../text/text.tsx';
import css from './player.module.css';
import { goToLive, keepInStep, type SyncState } from './sync.ts';
import { canPlay, playTrack, type TrackPlayer } from './track-player.ts';

const SYNC_EVERY_MS = 250;

/** The tracks of one stream, playing in step. */
export function PlayerStage({ stream }: { stream: PreviewStream }) {
  const text = useText();
  const formats = useFormats();
  const { address } = useEngine();
  const videos = useRef(new Map<string, HTMLVideoElement>());
  const players = useRef<readonly TrackPlayer[]>([]);
  const [failures, setFailures] = useState<Readonly<Record<string, string>>>({});
  const [playing, setPlaying] = useState(true);
  const [sync, setSync] = useState<SyncState>({ apartS: undefined });
  const wanted = useRef(true);
  wanted.current = playing;
  const addresses = stream.tracks.map((track) => `${track.name} ${track.playlist}`).join('\n');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the tracks' addresses are what is played
  useEffect(() => {
    setFailures({});
    const made = stream.tracks.flatMap((track) => {
      const video = videos.current.get(track.name);
      if (!video || !canPlay()) return [];
      return [playTrack(video, track.playlist, address, (reason) => setFailures((old) => ({ ...old, [track.name]: reason })))];
    });
    players.current = made;
    let started = false;
    const timer = setInterval(() => {
      if (!started) started = goToLive(made);
      if (!started || !wanted.current) return;
      for (const { video } of made) if (video.paused) video.play().catch(() => undefined);
      setSync(keepInStep(made));
    }, SYNC_EVERY_MS);
    return () => {
      clearInterval(timer);
      players.current = [];
      for (const player of made) player.destroy();
    };
  }, [addresses, address]);

  const toggle = () => {
    setPlaying(!playing);
    for (const { video } of players.current) {
      if (playing) video.pause();
      else video.play().catch(() => undefined);
    }
  };
  if (!canPlay()) return <p>{text.player.unsupported}</p>;
  return (
    <div className={css.stage}>
      <div className={css.videos}>
        {stream.tracks.map((track) => (
          <figure key={track.name} className={css.track}>
            <div className={css.screen} style={{ aspectRatio: `${track.width || 16} / ${track.height || 9}` }}>
              {/* The clip is generated or the operator's own; it has no captions. */}
              <video
                ref={(element) => {
                  if (element) videos.current.set(track.name, element);
                  else videos.current.delete(track.name);
                }}
                muted
                playsInline
                disablePictureInPicture
                aria-label={track.name}
              />
              {failures[track.name] === undefined ? null : (
                <p className={css.failure}>
                  {text.player.failed} ({failures[track.name]})
                </p>
              )}
            </div>
            <figcaption>
              <strong>{track.name === 'source' ? text.player.source : profileLabel(track.name)}</strong>{' '}
              <span className="number">{text.player.size(track.width, track.height)}</span>
            </figcaption>
          </figure>
        ))}
      </div>
      <div className={css.bar}>
        <Button onPress={toggle}>
          <Icon name={playing ? 'pause' : 'play'} size={18} />
          {playing ? text.player.pause : text.player.play}
        </Button>
        <Button kind="quiet" onPress={() => goToLive(players.current)}>
          {text.player.live}
        </Button>
        <span className={`number ${css.sync}`}>
          {sync.apartS === undefined
            ? text.player.loading
            : sync.apartS < 0.06
              ? `${text.player.inSync}, ${text.player.sync(formats.ms(Math.max(1, sync.apartS * 1000)))}`
              : text.player.catchingUp}
        </span>
      </div>
    </div>
  );
}
