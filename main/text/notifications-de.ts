import type { NotificationsText } from './notifications-en.ts';

/** Texts of the notifications in German. */
export const notificationsDe: NotificationsText = {
  problem: (title) => `Siphon braucht Sie: ${title}`,
  problems: (count) => `Siphon braucht Sie: ${count} Probleme`,
  engineDown: 'Siphon arbeitet nicht',
  rolledBack: (to) => `Siphon ist wieder bei Version ${to}`,
  rolledBackText: (from) => `Version ${from} lief nicht richtig an, deshalb ist die Version davor wieder da.`,
  firstWork: 'Die erste Arbeit ist getan',
  firstWorkText: (orchestrator) =>
    `Siphon hat sein erstes Segment für ${orchestrator} transcodiert. Was es einbringt und wann, ist mit dem Betreiber vereinbart.`,
  ownOrchestrator: 'Ihren Orchestrator',
  updateReady: (version) => `Siphon ${version} ist bereit`,
  updateReadyText:
    'Installiert wird, wenn Sie es sagen oder wenn Siphon das nächste Mal endet. Laufende Segmente werden erst fertig.',
  inTray: 'Siphon arbeitet weiter',
  inTrayText: 'Sie finden es in der Taskleiste. Dort beenden Sie es mit „Siphon beenden“.',
};
