import path from 'node:path';
import { type NativeImage, nativeImage, screen } from 'electron';
import { TRAY_STATES, type TrayState } from './tray-state.ts';

/** Windows asks for the picture that fits the scale of the taskbar. */
const WINDOWS_SCALES = [
  [1, 16],
  [1.25, 20],
  [1.5, 24],
  [2, 32],
] as const;

/** Loads the picture of every state from `resources/tray`. A missing file makes an empty picture, never an error. */
export function loadTrayImages(resources: string): ReadonlyMap<TrayState, NativeImage> {
  return new Map(TRAY_STATES.map((state) => [state, loadImage(path.join(resources, 'tray'), state)]));
}

function loadImage(folder: string, state: TrayState): NativeImage {
  const file = (size: number) => path.join(folder, `${state}-${size}.png`);
  // Panels on Linux are sent one picture only and scale it themselves.
  if (process.platform === 'linux')
    return nativeImage.createFromPath(file(screen.getPrimaryDisplay().scaleFactor >= 1.5 ? 44 : 22));
  const image = nativeImage.createEmpty();
  for (const [scaleFactor, size] of WINDOWS_SCALES)
    image.addRepresentation({ scaleFactor, buffer: nativeImage.createFromPath(file(size)).toPNG() });
  return image;
}
