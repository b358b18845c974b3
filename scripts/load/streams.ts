import { randomBytes } from 'node:crypto';
import { sleep } from '../../engine/base/abort.ts';
import { GatewayClient } from '../../engine/practice/gateway-client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';
import { createCapabilities } from '../../engine/wire/capabilities.ts';
import { jobRequirements } from '../../engine/wire/job-requirements.ts';
import { PRESETS } from '../../engine/wire/presets.ts';
import { transportStream } from './stand-in.ts';

/** Renditions of each stream. */
const PROFILES = ['P240p30fps16x9', 'P360p30fps16x9'].flatMap((name) => PRESETS.get(name) ?? []);
const CAPABILITIES = createCapabilities({
  numbers: jobRequirements({ source: { codec: 'h264', pixelFormat: 'yuv420p' }, profiles: PROFILES }),
});

/** Streams of one gateway; a gateway has one connection. */
const SESSIONS_PER_GATEWAY = 10;

export interface StreamsParameters {
  readonly serviceUri: string;
  readonly sessions: number;
  readonly segmentBytes: number;
  /** Length of a segment, milliseconds. */
  readonly segmentMs: number;
  /** As live streams come, or each segment as soon as the one before is back. */
  readonly paced: boolean;
  /** How long, milliseconds. */
  readonly forMs: number;
}

export interface StreamsResult {
  readonly segments: number;
  readonly failed: number;
  readonly errors: readonly string[];
  /** From submission to all renditions downloaded, milliseconds. */
  readonly wholeMs: readonly number[];
  readonly tookMs: number;
}

/** Plays many streams into an orchestrator, as gateways do. */
export async function playStreams(parameters: StreamsParameters): Promise<StreamsResult> {
  const { serviceUri, sessions, segmentBytes, segmentMs, paced, forMs } = parameters;
  const address = OrchestratorAddressSchema.parse(serviceUri);
  const gateways = Array.from({ length: Math.ceil(sessions / SESSIONS_PER_GATEWAY) }, () => new GatewayClient({ address }));
  const data = transportStream(segmentBytes);
  const wholeMs: number[] = [];
  const errors = new Set<string>();
  let failed = 0;
  const started = performance.now();
  const end = started + forMs;
  const stream = async (index: number) => {
    const gateway = gateways[index % gateways.length];
    if (!gateway) return;
    const sessionId = randomBytes(4).toString('hex');
    const signal = AbortSignal.timeout(forMs + 30_000);
    let dueMs = started + (paced ? (index * segmentMs) / sessions : 0);
    for (let seq = 0n; ; seq += 1n) {
      if (paced) await sleep(Math.max(0, dueMs - performance.now()));
      if (performance.now() >= end) break;
      dueMs += segmentMs;
      const submitted = performance.now();
      try {
        const segment = { sessionId, manifestId: sessionId, seq, durationMs: segmentMs, profiles: PROFILES, data };
        await gateway.submit({ ...segment, capabilities: CAPABILITIES }, signal);
        wholeMs.push(performance.now() - submitted);
      } catch (error) {
        failed += 1;
        errors.add(error instanceof Error ? error.message : String(error));
        await sleep(100);
      }
    }
    gateway.endSession(sessionId);
  };
  await Promise.all(Array.from({ length: sessions }, (_, index) => stream(index)));
  const tookMs = performance.now() - started;
  await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));
  return { segments: wholeMs.length, failed, errors: [...errors].slice(0, 10), wholeMs, tookMs };
}
