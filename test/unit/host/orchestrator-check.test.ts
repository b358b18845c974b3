import { describe, expect, test } from 'vitest';
import type { OrchestratorAddress } from '../../../engine/doctor/check.ts';
import { orchestratorCheck } from '../../../engine/host/orchestrator-check.ts';
import { closedPort, orchestratorLike, plainHttp, silent, tlsHttp1, tlsWithoutAlpn } from '../../support/tls-servers.ts';

const signal = new AbortController().signal;
const check = (address?: OrchestratorAddress) => orchestratorCheck(address).run(signal);

describe('the way to the orchestrator (real sockets on loopback)', () => {
  test('TLS with HTTP/2 is a way, though it signs its own certificate, and nothing is asked of it', async () => {
    await using server = await orchestratorLike();
    expect(await check(server.address)).toMatchObject({
      status: 'ok',
      text: expect.stringMatching(/TLS and HTTP\/2 \(\d+ ms\)/),
    });
    expect(await check({ host: 'localhost', port: server.port })).toMatchObject({ status: 'ok' });
    expect(server.requests).toEqual([]);
  });

  test('a closed port is told apart from a wrong name', async () => {
    const port = await closedPort();
    expect(await check({ host: '127.0.0.1', port })).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('refuses connections'),
    });
    expect(await check({ host: 'no-such-host.invalid', port: 8935 })).toMatchObject({
      status: 'fail',
      text: expect.stringMatching(/no computer named|could not be looked up/),
    });
  });

  test('plain HTTP is told as a port without TLS', async () => {
    await using server = await plainHttp();
    expect(await check(server.address)).toMatchObject({ status: 'fail', text: expect.stringContaining('does not speak TLS') });
  });

  test.each([
    ['HTTP/1.1 only', tlsHttp1],
    ['no ALPN', tlsWithoutAlpn],
  ])('TLS without HTTP/2 (%s) is told as no orchestrator', async (_name, start) => {
    await using server = await start();
    expect(await check(server.address)).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('speaks TLS but not HTTP/2'),
      nextStep: expect.stringContaining('8935'),
    });
  });

  test('a port that accepts and says nothing is told after the deadline of the handshake', async () => {
    await using server = await silent();
    expect(await check(server.address)).toMatchObject({
      status: 'fail',
      text: expect.stringContaining('does not answer the TLS handshake'),
    });
  }, 20_000);

  test('an abort ends the check at once', async () => {
    await using server = await silent();
    const controller = new AbortController();
    const reason = new Error('stopping');
    const running = orchestratorCheck(server.address).run(controller.signal);
    setTimeout(() => controller.abort(reason), 100);
    await expect(running).rejects.toBe(reason);
  });

  test('without an orchestrator there is nothing to check', async () => {
    expect(await check()).toMatchObject({ status: 'skipped' });
  });
});
