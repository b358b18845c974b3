/** A piece of the list of licences. */
export type LicenceBlock =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: ReadonlyArray<readonly string[]> };

/** Reads THIRD-PARTY-LICENSES.md, which uses headings, paragraphs and tables and nothing else; its title is left out. */
export function readLicences(markdown: string): readonly LicenceBlock[] {
  return markdown.split(/\n\s*\n/).flatMap((part): LicenceBlock[] => {
    const text = part.trim();
    const heading = /^(#{1,3}) (.+)$/.exec(text);
    if (heading) {
      const level = heading[1]?.length;
      return level === 2 || level === 3 ? [{ kind: 'heading', level, text: plain(heading[2] ?? '') }] : [];
    }
    if (text.startsWith('|')) {
      const [head = [], , ...rows] = text.split('\n').map(cells);
      return [{ kind: 'table', head, rows }];
    }
    return text === '' ? [] : [{ kind: 'paragraph', text: plain(text.replaceAll('\n', ' ')) }];
  });
}

function cells(line: string): readonly string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => plain(cell.trim()));
}

/** Text without the marks for code and emphasis. */
function plain(text: string): string {
  return text.replace(/\*\*|`/g, '');
}
