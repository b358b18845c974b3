import type { UpdateFault } from '../updates/update-error.ts';

/** What the shell says about updates, in English. Another language is another object of the same shape. */
export const updatesTextEn = {
  off: {
    development: 'Siphon runs from its project folder, so it does not update itself.',
    unsigned: 'This build has no release key to check updates with, so it does not update itself.',
    portable: 'The portable version does not update itself: download the new one and replace the file.',
    packageManager: 'Siphon was installed as a package: update it through your package manager.',
    notReplaceable: (folder: string) =>
      `Siphon may not write to ${folder}, so it cannot replace itself: move it to a folder of yours, or update it by hand.`,
  },
  faults: {
    unreachable: { message: 'The update server cannot be reached.', nextStep: 'Check the network; Siphon tries again later.' },
    'not-found': { message: 'The update server has nothing for this system.', nextStep: 'Try again later.' },
    'server-error': { message: 'The update server answered with an error.', nextStep: 'Try again later.' },
    'too-slow': { message: 'The update server stopped answering.', nextStep: 'Try again later.' },
    'too-big': { message: 'The update server sent more than it announced, so it was refused.', nextStep: 'Try again later.' },
    redirected: {
      message: 'The update server pointed to a place that Siphon does not trust, so it was refused.',
      nextStep: 'If you use public Wi-Fi, open a web page and log in first. Otherwise try again later.',
    },
    'no-signature': {
      message: 'The update is not signed, so it was refused.',
      nextStep: 'Nothing was changed. Try again later; if it stays so, tell the project.',
    },
    'bad-signature': {
      message: "The update's signature is not that of Siphon's releases, so it was refused.",
      nextStep: 'Nothing was changed. Do not install this version by hand; tell the project.',
    },
    'bad-manifest': { message: "The update server's answer makes no sense, so it was refused.", nextStep: 'Try again later.' },
    'no-package': { message: 'The new version has no package for this system.', nextStep: 'Try again later.' },
    'wrong-hash': {
      message: 'The downloaded file is not the one that was released, so it was deleted.',
      nextStep: 'Nothing was changed. Try again; if it stays so, tell the project.',
    },
    'disk-full': { message: 'There is no room on the disk for the update.', nextStep: 'Free about 1 GB, then try again.' },
    'not-writable': {
      message: "Siphon may not write to the update's folder.",
      nextStep: 'Move Siphon to a folder of yours, or update it by hand.',
    },
    'does-not-start': {
      message: 'The new version does not start on this computer, so it was not installed.',
      nextStep: 'You can go on with this version. Tell the project what system you use.',
    },
    failed: { message: 'The update did not work.', nextStep: 'Try again later; the log has the details.' },
  } satisfies Record<UpdateFault, { message: string; nextStep: string }>,
  neverReady: (seconds: number) => `Its engine was not running after ${seconds} seconds.`,
  nothingToDownload: 'There is no new version to download. Check for one first.',
  nothingToInstall: 'There is no downloaded version to install.',
};

/** The shape every language has. */
export type UpdatesText = typeof updatesTextEn;
