/** What the shell itself says in dialogs and as answers to the page, in English. Another language is another object of the same shape. */
export const shellTextEn = {
  endNow: {
    title: 'End Siphon now?',
    message: (segments: number) =>
      segments === 1 ? 'One segment is still being finished.' : `${segments} segments are still being finished.`,
    messageUnknown: 'Siphon is still finishing its work.',
    detail: 'If Siphon ends now, the orchestrator counts them as failed.',
    confirm: 'End now',
    wait: 'Wait',
  },
  closeEnds: {
    title: 'End Siphon?',
    message: 'Closing this window ends Siphon.',
    detail: 'This desktop shows no tray icon for it to stay in. Running segments are finished first.',
    confirm: 'End Siphon',
    cancel: 'Cancel',
  },
  notAvailable: 'This is not available in this Siphon.',
  settingsNotWritten: (code: string) =>
    `The settings could not be written (${code}). Check that the disk has space and is writable.`,
  fileNotWritten: (code: string) => `The file could not be written (${code}). Choose another place.`,
  noEngine: 'The engine is not running. Start it first.',
};

/** The shape every language has. */
export type ShellText = typeof shellTextEn;
