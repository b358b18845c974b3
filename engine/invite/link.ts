import { ENVELOPE_VERSION, envelopeLength } from './envelope.ts';

/** First characters of a token: the envelope's mark in base64url. */
const TOKEN_START = 'U2k';

/** Characters from which an envelope's length can be read. */
const HEADER_CHARACTERS = 12;

const LINK = /siphon:\/{0,3}join\/?\?/i;

/** Line breaks and spaces that mail and chat put in, quote marks before lines, and the `=` that quoted-printable ends lines with. */
const FILLING = /[\s>\u00a0\u200b\ufeff]+|=(?=\r?\n)/g;

/** What was found in a pasted text. */
export type FoundToken =
  | { readonly kind: 'token'; readonly bytes: Buffer; readonly cut: boolean }
  | { readonly kind: 'newer' }
  | { readonly kind: 'broken-link' }
  | { readonly kind: 'none' };

/** The link of an invite's bytes. */
export function inviteLink(bytes: Buffer): string {
  return `siphon://join?v=${ENVELOPE_VERSION}&i=${bytes.toString('base64url')}`;
}

/** Finds the invite in a text: a link (with words around it, broken over lines, in quotes) or the bare token. */
export function findToken(text: string): FoundToken {
  const link = LINK.exec(text);
  if (!link) {
    const compact = text.replace(FILLING, '').replace(/^["'`«»“”‘’<(]+/, '');
    return compact.startsWith(TOKEN_START) ? tokenIn(compact) : { kind: 'none' };
  }
  const query = text
    .slice(link.index + link[0].length)
    .replace(FILLING, '')
    .replaceAll('&amp;', '&')
    .replaceAll('=3D', '=');
  const version = /(?:^|&)v=(\d{1,6})(?=&|$)/.exec(query)?.[1];
  if (version !== undefined && Number(version) > ENVELOPE_VERSION) return { kind: 'newer' };
  const token = /(?:^|&)i=/.exec(query);
  if (!token) return { kind: 'token', bytes: Buffer.alloc(0), cut: true };
  if (version === undefined || Number(version) !== ENVELOPE_VERSION) return { kind: 'broken-link' };
  return tokenIn(query.slice(token.index + token[0].length));
}

/** A token's bytes: as many as its beginning announces; what stands behind them is other text. */
function tokenIn(text: string): FoundToken {
  const characters = /^[A-Za-z0-9_-]*/.exec(text)?.[0] ?? '';
  if (characters.length < HEADER_CHARACTERS) return { kind: 'token', bytes: Buffer.from(characters, 'base64url'), cut: true };
  const bytes = envelopeLength(Buffer.from(characters.slice(0, HEADER_CHARACTERS), 'base64url'));
  const wanted = bytes === undefined ? characters.length : Math.ceil((bytes * 4) / 3);
  const token = characters.slice(0, wanted);
  const decoded = Buffer.from(token, 'base64url');
  // The last character may carry bits that count for nothing: only one spelling of an invite is one.
  if (token.length === wanted && decoded.toString('base64url') !== token) return { kind: 'broken-link' };
  return { kind: 'token', bytes: decoded, cut: token.length < wanted };
}
