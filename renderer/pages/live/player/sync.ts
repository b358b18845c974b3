import { commonStart, correctionFor, type PlaylistPart, positionAt, timeAt } from '../../../model/playhead.ts';
import type { TrackPlayer } from './track-player.ts';

/** How far the tracks are apart. */
export interface SyncState {
  /** Largest difference between leader and a follower, seconds; undefined until all play. */
  readonly apartS: number | undefined;
}

function isBuffered(video: HTMLVideoElement, time: number): boolean {
  for (let index = 0; index < video.buffered.length; index += 1)
    if (video.buffered.start(index) <= time && time < video.buffered.end(index) - 0.05) return true;
  return false;
}

/** Moves every track to the newest point that all of them have. Returns false when their playlists have not come yet. */
export function goToLive(players: readonly TrackPlayer[]): boolean {
  const lists = players.map((player) => player.parts());
  const position = commonStart(lists);
  if (position === undefined) return false;
  players.forEach((player, index) => {
    const time = timeAt(lists[index] ?? [], position);
    if (time !== undefined) player.video.currentTime = time;
  });
  return true;
}

/** Brings followers in step with the first player; call it a few times a second. */
export function keepInStep(players: readonly TrackPlayer[]): SyncState {
  const [leader, ...followers] = players;
  if (!leader) return { apartS: undefined };
  const leaderParts = leader.parts();
  const position = positionAt(leaderParts, leader.video.currentTime);
  if (position === undefined) return { apartS: undefined };
  let apart: number | undefined = 0;
  for (const follower of followers) {
    const lag = lagOf(follower, follower.parts(), position);
    if (lag === undefined || follower.video.readyState < 2) {
      apart = undefined;
      continue;
    }
    if (apart !== undefined) apart = Math.max(apart, Math.abs(lag));
    const correction = correctionFor(lag);
    const target = follower.video.currentTime + lag;
    if (correction.kind === 'seek' && isBuffered(follower.video, target)) follower.video.currentTime = target;
    follower.video.playbackRate = correction.kind === 'rate' ? correction.rate : 1;
  }
  return { apartS: apart };
}

function lagOf(player: TrackPlayer, parts: readonly PlaylistPart[], position: number): number | undefined {
  const wanted = timeAt(parts, position);
  return wanted === undefined ? undefined : wanted - player.video.currentTime;
}
