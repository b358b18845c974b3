import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/base/errors.ts';
import { dialError } from '../../../engine/transcoder/dial.ts';
import { quote } from '../../../engine/transcoder/quote.ts';
import { registrationError } from '../../../engine/transcoder/registration.ts';
import { wireTextOf } from '../../../engine/transcoder/task.ts';
import { OrchestratorAddressSchema } from '../../../engine/wire/address.ts';

const address = OrchestratorAddressSchema.parse('orch.example');

const failure = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('what goes wrong while dialling', () => {
  test.each([
    ['ECONNREFUSED', false, 'orchestrator-unreachable', /refused/],
    ['ENOTFOUND', false, 'orchestrator-unreachable', /orch\.example cannot be found\./],
    ['EAI_AGAIN', false, 'orchestrator-unreachable', /name service does not answer/],
    ['EHOSTUNREACH', false, 'orchestrator-unreachable', /no way/],
    ['ETIMEDOUT', false, 'orchestrator-unreachable', /did not answer/],
    ['ECONNRESET', true, 'orchestrator-no-tls', /closed the connection before TLS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', true, 'orchestrator-no-tls', /does not speak TLS/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', true, 'orchestrator-no-tls', /TLS with .* failed/],
    ['EWHATEVER', false, 'orchestrator-unreachable', /connect EWHATEVER/],
  ])('%s', (code, connected, expected, message) => {
    const error = dialError(address, failure(code), connected);
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(message);
    expect(error.nextStep).toBeTruthy();
  });
});

describe('what ends a registration', () => {
  test.each([
    [new ConnectError('invalid secret', Code.Unknown), 'orchestrator-secret-refused'],
    [new ConnectError('zero capacity', Code.Unknown), 'orchestrator-capacity-refused'],
    [new ConnectError('Invalid secret', Code.Unknown), 'orchestrator-closed'],
    [new ConnectError('unknown service net.Transcoder', Code.Unimplemented), 'orchestrator-nonsense'],
    [new ConnectError('HTTP 418', Code.Unknown), 'orchestrator-nonsense'],
    [new ConnectError('read ECONNRESET', Code.Aborted), 'orchestrator-closed'],
    [new TypeError('bug'), 'internal'],
  ])('%s → %s', (error, code) => {
    expect(registrationError(address, error).code).toBe(code);
  });

  test("the reason of the connection's own end is kept", () => {
    const reason = new EngineError({ code: 'orchestrator-closed', message: 'gone' });
    expect(registrationError(address, new ConnectError('x', Code.Canceled, undefined, undefined, reason))).toBe(reason);
    expect(registrationError(address, reason)).toBe(reason);
  });
});

describe('texts for others', () => {
  test('the posted text is the exact one where there is one', () => {
    const exact = new EngineError({ code: 'media-no-video', message: 'm', details: { wireText: 'TranscoderInvalidVideo' } });
    expect(wireTextOf(exact)).toBe('TranscoderInvalidVideo');
    expect(wireTextOf(new EngineError({ code: 'aborted', message: 'm' }))).toBe('TranscoderStopped');
    expect(wireTextOf(new EngineError({ code: 'internal', message: 'plain' }))).toBe('plain');
  });

  test('quoted words hold no control characters and have an end', () => {
    expect(quote('a\u0000\r\nb\u001b[31m ')).toBe('a b [31m');
    expect(quote('x'.repeat(1000))).toHaveLength(200);
  });
});
