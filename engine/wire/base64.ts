import { EngineError } from '../base/errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const KNOWN = new Set(ALPHABET);
const RIGHT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Standard base64 with padding, as strict as the reference's decoder (Go `encoding/base64`, StdEncoding; line ends are skipped there,
 * and can't be in a header).
 * @throws EngineError `bad-request`; `details.wireText` is Go's text with the offending offset
 */
export function decodeBase64(text: string): Uint8Array {
  if (!RIGHT.test(text)) {
    const wrong = firstWrong(text);
    const wireText = `illegal base64 data at input byte ${wrong}`;
    throw new EngineError({ code: 'bad-request', message: 'A header is not base64', details: { wireText } });
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Offset that Go reports for a text that is no base64. */
function firstWrong(text: string): number {
  for (let start = 0; start < text.length; start += 4) {
    for (let place = 0; place < 4; place += 1) {
      const at = start + place;
      const digit = text[at];
      if (digit === undefined) return at - place;
      if (KNOWN.has(digit)) continue;
      if (digit !== '=' || place < 2) return at;
      // Padding: one more after the second digit, and nothing behind it.
      if (place === 2 && text[at + 1] === undefined) return text.length;
      if (place === 2 && text[at + 1] !== '=') return at + 1;
      return start + 4;
    }
  }
  return text.length;
}
