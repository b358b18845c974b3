/** What an autostart entry says, as far as Siphon cares. */
export interface AutostartEntry {
  /** The program and its arguments; empty when the line makes no sense. */
  readonly command: readonly string[];
  /** False where the person or the desktop's settings have switched it off without removing the file. */
  readonly enabled: boolean;
}

/**
 * The text of an XDG autostart entry (https://specifications.freedesktop.org/autostart-spec/, values as in the desktop entry
 * specification). `TryExec` makes desktops pass over it once the program is uninstalled.
 */
export function autostartEntry(command: readonly string[], comment: string): string {
  const [program = ''] = command;
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Siphon',
    `Comment=${escapeString(comment)}`,
    `Exec=${escapeString(command.map(quoteArgument).join(' '))}`,
    `TryExec=${escapeString(program)}`,
    'Icon=siphon',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * The text of an entry that opens links of a scheme with the program, for copies of Siphon that no installer has put into the menus
 * (`%u`: the link; https://specifications.freedesktop.org/desktop-entry-spec/).
 */
export function linkEntry(command: readonly string[], scheme: string): string {
  const [program = ''] = command;
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Siphon',
    `Exec=${escapeString(command.map(quoteArgument).join(' '))} %u`,
    `TryExec=${escapeString(program)}`,
    'Icon=siphon',
    'Terminal=false',
    'NoDisplay=true',
    'StartupWMClass=siphon',
    `MimeType=x-scheme-handler/${scheme};`,
    '',
  ].join('\n');
}

/** Reads an autostart entry, its own or one that a desktop's settings have changed. */
export function parseAutostartEntry(text: string): AutostartEntry {
  const values = new Map<string, string>();
  let group = '';
  for (const line of text.split(/\r?\n/)) {
    const header = line.match(/^\[(.+)\]\s*$/);
    if (header) group = header[1] ?? '';
    const pair = line.match(/^([A-Za-z0-9-]+)\s*=\s*(.*)$/);
    if (group === 'Desktop Entry' && pair) values.set(pair[1] ?? '', unescapeString(pair[2] ?? ''));
  }
  const hidden = values.get('Hidden') === 'true';
  const switchedOff = values.get('X-GNOME-Autostart-enabled') === 'false';
  const command = splitCommand(values.get('Exec') ?? '');
  return { command, enabled: command.length > 0 && !hidden && !switchedOff };
}

/** An argument of `Exec`: quoted, with the reserved characters escaped and no field codes. */
function quoteArgument(argument: string): string {
  return `"${argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

function splitCommand(text: string): readonly string[] {
  const found = text.match(/"(?:\\.|[^"\\])*"|[^\s"]+/g) ?? [];
  return found.map((part) => (part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/g, '$1') : part).replaceAll('%%', '%'));
}

/** A value of type string: `\` and line ends have escapes of their own. */
function escapeString(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

function unescapeString(text: string): string {
  const special: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' };
  return text.replace(/\\(.)/g, (_whole, letter: string) => special[letter] ?? letter);
}
