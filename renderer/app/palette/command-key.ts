/** Whether this is a Mac, where ⌘ is what Ctrl is elsewhere. */
export function isMac(): boolean {
  return /^Mac/.test(navigator.platform);
}

/** Name of the key that makes commands: `Ctrl`, `Strg` on a German page, or `⌘`. */
export function commandKeyName(): string {
  if (isMac()) return '⌘';
  return document.documentElement.lang.startsWith('de') ? 'Strg' : 'Ctrl';
}
