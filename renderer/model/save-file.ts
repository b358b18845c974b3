import type { DesktopBridge } from '../../engine/api/desktop.ts';

/** Longest time that a browser may take to begin a download, milliseconds. */
const BEGINS_MS = 60_000;

/**
 * Gives the person a text file: through the app's own dialog, otherwise as a download of the browser. False = they changed their
 * mind. Rejects with a message for the person.
 */
export function saveFile(name: string, text: string, bridge: DesktopBridge | undefined): Promise<boolean> {
  return saveBytes(name, new TextEncoder().encode(text), 'text/plain;charset=utf-8', bridge);
}

/** Gives the person a file of any kind, like {@link saveFile}. */
export async function saveBytes(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  bridge: DesktopBridge | undefined,
): Promise<boolean> {
  if (bridge) return (await bridge.run('saveFile', { name, bytes })) !== false;
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), BEGINS_MS);
  return true;
}

/** A moment in a file's name: `2026-11-03-1430`, local time. */
export function momentInName(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`;
}
