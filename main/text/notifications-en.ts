/** Texts of the notifications in English. Another language is another object of the same shape. */
export const notificationsEn = {
  problem: (title: string) => `Siphon needs you: ${title}`,
  problems: (count: number) => `Siphon needs you: ${count} problems`,
  engineDown: 'Siphon does not work',
  rolledBack: (to: string) => `Siphon is back at version ${to}`,
  rolledBackText: (from: string) => `Version ${from} did not come up healthy, so the version before it was put back.`,
  firstWork: 'First work done',
  firstWorkText: (orchestrator: string) =>
    `Siphon transcoded its first segment for ${orchestrator}. What it pays, and when, is agreed with its operator.`,
  ownOrchestrator: 'your orchestrator',
  updateReady: (version: string) => `Siphon ${version} is ready`,
  updateReadyText: 'It is installed when you say so, or when Siphon next ends. Running segments are finished first.',
  inTray: 'Siphon keeps working',
  inTrayText: 'You find it in the tray. To end it, choose Quit Siphon there.',
};

/** The shape every language has. */
export type NotificationsText = typeof notificationsEn;
