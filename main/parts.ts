import { startAutostart } from './autostart/autostart-part.ts';
import { startLinks } from './autostart/links-part.ts';
import type { DesktopPart } from './desktop-context.ts';
import { startNotifications } from './notifications/notifications-part.ts';
import { startPresence } from './presence/presence-part.ts';
import { startTray } from './tray/tray-part.ts';
import { updates } from './updates/part.ts';

/** The parts of the shell, by name, in the order they start. A new part adds its line here and nothing else elsewhere. */
export const PARTS: ReadonlyArray<readonly [name: string, start: DesktopPart]> = [
  ['tray', startTray],
  ['notifications', startNotifications],
  ['presence', startPresence],
  ['start at log-in', startAutostart],
  ['updates', updates],
  ['links', startLinks],
];
