import Hls, { type HlsConfig } from 'hls.js';
import type { EngineAddress } from '../../../api/engine-address.ts';
import type { PlaylistPart } from '../../../model/playhead.ts';

/** One track playing in one video element. */
export interface TrackPlayer {
  readonly video: HTMLVideoElement;
  /** What the playlist lists now. */
  parts(): readonly PlaylistPart[];
  destroy(): void;
}

/** Whether this browser can play at all. */
export function canPlay(): boolean {
  return Hls.isSupported();
}

/** Attaches an HLS playlist of the engine to a video element. Requests carry the token; only the engine is ever asked. */
export function playTrack(
  video: HTMLVideoElement,
  playlist: string,
  address: EngineAddress,
  onFatal: (reason: string) => void,
): TrackPlayer {
  const config: Partial<HlsConfig> = {
    // A worker from a blob: address would need a looser content security policy.
    enableWorker: false,
    liveSyncDurationCount: 3,
    liveDurationInfinity: true,
    maxBufferLength: 20,
    backBufferLength: 20,
    manifestLoadingMaxRetry: 4,
    levelLoadingMaxRetry: 6,
    fragLoadingMaxRetry: 4,
    xhrSetup: (request, url) => {
      if (address.token !== null && new URL(url).origin === new URL(address.httpUrl).origin)
        request.setRequestHeader('Authorization', `Bearer ${address.token}`);
    },
  };
  const hls = new Hls(config);
  let parts: readonly PlaylistPart[] = [];
  let recoveries = 0;
  hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
    parts = details.fragments.map((fragment) => ({
      sn: typeof fragment.sn === 'number' ? fragment.sn : 0,
      start: fragment.start,
      duration: fragment.duration,
    }));
  });
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return;
    recoveries += 1;
    if (recoveries <= 3 && type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
    else onFatal(details);
  });
  hls.loadSource(new URL(playlist, address.httpUrl).href);
  hls.attachMedia(video);
  return { video, parts: () => parts, destroy: () => hls.destroy() };
}
