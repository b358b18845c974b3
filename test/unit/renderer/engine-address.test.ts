import { describe, expect, test } from 'vitest';
import { addressOf, splitToken, tokenFromPaste } from '../../../renderer/api/engine-address.ts';
import { isRefusal, retryDelayMs } from '../../../renderer/api/engine-client.ts';

describe('engine address', () => {
  test('the token leaves the fragment, the page stays in it', () => {
    expect(splitToken('#token=abc%2Fdef')).toEqual({ token: 'abc/def', rest: '' });
    expect(splitToken('#token=abc&/history')).toEqual({ token: 'abc', rest: '#/history' });
    expect(splitToken('#/history')).toEqual({ token: null, rest: '#/history' });
    expect(splitToken('#token=')).toEqual({ token: null, rest: '' });
    expect(splitToken('#token=%E0%A4')).toEqual({ token: '%E0%A4', rest: '' });
  });

  test('WebSocket and previews are found beside the page', () => {
    expect(addressOf('http://127.0.0.1:7935', 't')).toEqual({
      httpUrl: 'http://127.0.0.1:7935/',
      wsUrl: 'ws://127.0.0.1:7935/trpc',
      token: 't',
    });
    expect(addressOf('https://rig.example', null).wsUrl).toBe('wss://rig.example/trpc');
  });

  test('a pasted link, fragment or bare token is understood, other text is not', () => {
    expect(tokenFromPaste(' http://127.0.0.1:7935/#token=secret-1 ')).toBe('secret-1');
    expect(tokenFromPaste('token=secret-1')).toBe('secret-1');
    expect(tokenFromPaste('abcDEF123_-abc')).toBe('abcDEF123_-abc');
    expect(tokenFromPaste('http://127.0.0.1:7935/')).toBeNull();
    expect(tokenFromPaste('what is a token')).toBeNull();
    expect(tokenFromPaste('')).toBeNull();
  });
});

describe('connection', () => {
  test('waiting doubles up to ten seconds, spread by a quarter', () => {
    expect([0, 1, 2, 3].map((attempt) => retryDelayMs(attempt, 0.5))).toEqual([250, 500, 1000, 2000]);
    expect(retryDelayMs(40, 0.5)).toBe(10_000);
    expect(retryDelayMs(0, 0)).toBe(188);
    expect(retryDelayMs(0, 1)).toBe(313);
  });

  test('only an answer to the connection itself that says unauthorised is a refusal', () => {
    const frame = (id: number | null, code: string) =>
      JSON.stringify({ id, error: { message: '', code: -32001, data: { code } } });
    expect(isRefusal(frame(null, 'UNAUTHORIZED'))).toBe(true);
    expect(isRefusal(frame(null, 'BAD_REQUEST'))).toBe(false);
    expect(isRefusal(frame(1, 'UNAUTHORIZED'))).toBe(false);
    expect(isRefusal('{"id":null,"error"')).toBe(false);
  });
});
