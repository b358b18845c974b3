/**
 * The few DER forms (ITU-T X.690) that a self-signed certificate needs. By hand, because a certificate library costs 110 ms and 20 MB
 * at every start for this one object; all cryptography stays in node:crypto.
 */

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes);
  const digits = Buffer.from(bytes.toString(16).padStart(bytes > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | digits.length), digits]);
}

/** One element: tag, length, content. Contents up to 65 535 bytes. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

/** Sequence of elements. */
export const sequence = (...items: readonly Uint8Array[]): Buffer => der(0x30, ...items);
/** Set of elements. */
export const setOf = (...items: readonly Uint8Array[]): Buffer => der(0x31, ...items);
/** Boolean. */
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 0xff : 0));
/** Octet string. */
export const octetString = (content: Uint8Array): Buffer => der(0x04, content);
/** UTF-8 text. */
export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));

/** Positive integer from big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  return der(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** Bit string; `unused` bits at the end don't count. */
export function bitString(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.of(unused), content);
}

/** Object identifier from its dotted text. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTC time with seconds; two-digit years, so for 1950–2049 (RFC 5280 §4.1.2.5.1). */
export function utcTime(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`, 'latin1'));
}
