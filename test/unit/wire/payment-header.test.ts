import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../../engine/wire/base64.ts';
import { addressText } from '../../../engine/wire/eth-signature.ts';
import { paymentFromHeader } from '../../../engine/wire/payment-header.ts';
import { extraVectors, vectors } from '../../support/vectors.ts';

function read(value: string): { readonly error: unknown; readonly tickets: number; readonly sender: string } {
  try {
    const { sender, payment } = paymentFromHeader(value);
    return { error: null, tickets: payment.ticketSenderParams.length, sender: addressText(sender) };
  } catch (error) {
    return { error: (error as { details?: { wireText?: string } }).details?.wireText, tickets: 0, sender: '' };
  }
}

describe('the payment header', () => {
  test.each(vectors(/^payment_header_/))('$name, by the reference’s vectors', ({ inputs, outputs }) => {
    const { error, tickets, sender } = read(String(inputs['Livepeer-Payment']));
    expect(error).toBe(outputs.error);
    expect(tickets).toBe(outputs.numTickets);
    if (error === null) expect(sender).toBe(outputs.sender);
  });

  test.each(extraVectors('header').filter(({ id }) => id.includes('payment')))('$id: $description', ({ input, expected }) => {
    const { error, sender } = read(String(input.headerValue ?? expected.headerValue));
    if (expected.status === 402) expect(error).toMatch(new RegExp(`^${expected.error ?? expected.errorPrefix}`));
    else expect(error).toBeNull();
    if (expected.sender !== undefined) expect(sender).toBe(expected.sender);
  });
});

// Offsets as Go's encoding/base64 (StdEncoding) gives them.
test.each([
  ['', undefined],
  ['AAAA', undefined],
  ['AA==', undefined],
  ['AAA=', undefined],
  ['A', 0],
  ['AA', 0],
  ['AAAAA', 4],
  ['A===', 1],
  ['=AAA', 0],
  ['AA=', 3],
  ['AA=A', 3],
  ['AAA=A', 4],
  ['AA==AAAA', 4],
  ['AA-_', 2],
])('base64 %j is wrong at %s', (text, offset) => {
  const decode = () => decodeBase64(text);
  if (offset === undefined) expect(decode).not.toThrow();
  else {
    const details = { wireText: `illegal base64 data at input byte ${offset}` };
    expect(decode).toThrow(expect.objectContaining({ details }));
  }
});
