import type { OrchestratorTranscoder, OrchestratorView } from '../../engine/api/orchestrator.ts';

const CAPABILITIES = ['H.264', 'HEVC decode', 'HEVC encode', 'MPEG-TS', 'MP4', 'GOP', 'MPEG-7 signature', 'segment slicing'];

const GATEWAYS = ['0x3bbe84023c11c4874f493d70b370d26390e3c580', '0xc3c7c4c8f7061b7d6a72766eee5359fe4f36e61e', null] as const;

function transcoder(index: number, nowMs: number, changes: Partial<OrchestratorTranscoder> = {}): OrchestratorTranscoder {
  return {
    id: `transcoder-${index}`,
    address: `192.168.1.${20 + index}`,
    capacity: 6,
    load: Math.max(0, 5 - index * 2),
    segments: 4210 - index * 977,
    failed: 0,
    medianMs: 212 + index * 61,
    connectedSinceMs: nowMs - (index + 1) * 4_100_000,
    draining: false,
    local: false,
    capabilities: CAPABILITIES,
    ...changes,
  };
}

/** An orchestrator for looking at the page: at work, or with nothing to do and a reason for it. */
export function orchestratorOf(kind: 'busy' | 'split' | 'idle', nowMs: number): OrchestratorView {
  const idle = kind === 'idle';
  const transcoders = idle
    ? []
    : [
        ...(kind === 'busy' ? [transcoder(0, nowMs, { id: 'local', address: 'local', local: true, capacity: 9 })] : []),
        transcoder(1, nowMs),
        transcoder(2, nowMs, {
          draining: true,
          failed: 2,
          lastFault: 'Unable to transcode segment: the encoder ran out of memory',
        }),
      ];
  const sessions = idle
    ? []
    : Array.from({ length: 7 }, (_, index) => ({
        id: `a17f${index}b2c`,
        manifestId: `${(0x5a3c71 + index * 0x1f1f1f).toString(16)}f2`,
        gateway: GATEWAYS[index % GATEWAYS.length] ?? null,
        transcoder: transcoders[index % transcoders.length]?.id ?? null,
        segments: 812 - index * 93,
        failed: index === 4 ? 1 : 0,
        startedAtMs: nowMs - 1_900_000 + index * 90_000,
        lastSegmentAtMs: nowMs - 700 * (index + 1),
      }));
  return {
    serviceUri: 'https://orchestrator.example:8935',
    listening: '127.0.0.1:8935',
    reachability: idle
      ? {
          state: 'unreachable',
          text: 'orchestrator.example:8935 was not reached from here (ETIMEDOUT).',
          nextStep: 'Forward TCP port 8935 of the router to this machine and allow it in the firewall.',
          checkedAtMs: nowMs - 64_000,
        }
      : {
          state: 'reachable',
          text: 'orchestrator.example:8935 leads to this orchestrator, as tried from this machine.',
          checkedAtMs: nowMs - 64_000,
        },
    secretSet: true,
    maxSessions: 20,
    onChain: false,
    draining: false,
    editable: true,
    inFlight: sessions.length > 0 ? 3 : 0,
    sessions,
    sessionCount: sessions.length,
    transcoders,
    transcoderCount: transcoders.length,
    prices: {
      base: { text: '0.02USD/1e12pixels', price: { wei: '6', pixels: '1000' } },
      perGateway: idle ? [] : [{ gateway: GATEWAYS[0], text: '1200wei', price: { wei: '1200', pixels: '1' } }],
      perCapability: [],
    },
    capabilities: CAPABILITIES,
    recentErrors: idle ? [] : [{ atMs: nowMs - 400_000, text: 'OrchestratorBusy', count: 3 }],
    whyNoWork: idle
      ? [
          {
            id: 'transcoders',
            ok: false,
            title: 'A transcoder is connected',
            text: 'No transcoder works for this orchestrator, so gateways are turned away.',
            nextStep: 'Run siphon join on the machine with the GPU.',
          },
          {
            id: 'active-set',
            ok: null,
            title: 'In the active set',
            text: 'Off-chain there is no active set; only gateways that name this orchestrator find it.',
          },
          { id: 'sessions', ok: true, title: 'Room for streams', text: '0 of 20 streams are taken.' },
        ]
      : [],
  };
}
