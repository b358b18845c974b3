import { afterEach, describe, expect, test } from 'vitest';
import { Disposables } from '../../engine/base/disposables.ts';
import { GatewayClient } from '../../engine/practice/gateway-client.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { jobRequirements } from '../../engine/wire/job-requirements.ts';
import { PRESETS } from '../../engine/wire/presets.ts';
import { FakeTranscoder, fakeTs } from '../support/fake-transcoder.ts';
import { GO_LIVEPEER } from '../support/go-livepeer.ts';
import { GoNode } from '../support/go-node.ts';

const binary = GO_LIVEPEER ?? '';
const SECRET = 'interop-secret';
const PROFILES = ['P240p30fps16x9', 'P144p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);
const numbers = jobRequirements({ source: { codec: 'h264', pixelFormat: 'yuv420p' }, profiles: PROFILES });

// Only the wire is of interest here, so a transcoder without a codec answers.
describe.skipIf(binary === '')(
  'practice gateway with a real go-livepeer orchestrator (skipped unless SIPHON_GO_LIVEPEER names the binary)',
  () => {
    let owned = new Disposables();
    afterEach(async () => {
      await owned[Symbol.asyncDispose]();
      owned = new Disposables();
    });

    async function setup(react?: ConstructorParameters<typeof FakeTranscoder>[0]['react']) {
      const orchestrator = owned.use(await GoNode.orchestrator(binary, SECRET));
      const fake = owned.use(
        new FakeTranscoder({ serviceUri: orchestrator.address.uri, secret: SECRET, ...(react ? { react } : {}) }),
      );
      await orchestrator.untilStatus(({ RegisteredTranscodersNumber }) => RegisteredTranscodersNumber === 1);
      const gateway = owned.use(new GatewayClient({ address: orchestrator.address }));
      const submit = (seq: number) =>
        gateway.submit(
          {
            sessionId: 'stream',
            manifestId: 'practice-interop',
            seq: BigInt(seq),
            durationMs: 2_000,
            profiles: PROFILES,
            capabilities: createCapabilities({ numbers }),
            data: fakeTs(5_000),
          },
          AbortSignal.timeout(30_000),
        );
      return { fake, gateway, submit };
    }

    test('a session is given, segments are taken, renditions fetched, and the session is ended', async () => {
      const { fake, gateway, submit } = await setup();
      for (const seq of [0, 1, 2]) {
        const { renditions } = await submit(seq);
        expect(renditions.map(({ name, data, pixels }) => [name, data.length, pixels])).toEqual([
          ['P240p30fps16x9', 1880, 426 * 240],
          ['P144p30fps16x9', 1880, 256 * 144],
        ]);
      }
      expect(new Set(fake.tasks.map(({ segData }) => segData?.authToken?.sessionId)).size).toBe(1);
      expect(fake.downloads.every((data) => Buffer.compare(data, fakeTs(5_000)) === 0)).toBe(true);
      await gateway[Symbol.asyncDispose]();
      await expect.poll(() => fake.teardowns.length, { timeout: 10_000 }).toBe(1);
    });

    test('a transcoder’s error text arrives as it was posted', async () => {
      const { submit } = await setup(() => ({ error: 'TranscoderInvalidVideo' }));
      await expect(submit(0)).rejects.toMatchObject({ details: { wireText: 'TranscoderInvalidVideo', streamFault: true } });
    });
  },
);
