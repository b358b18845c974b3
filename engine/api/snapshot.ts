import type { AvailabilityView } from './availability.ts';
import type { ErrorInfo, Problem } from './errors.ts';
import type { Estimate } from './estimate.ts';
import type { RemoteView, RigView } from './fleet.ts';
import type { GpuSample, Hardware } from './hardware.ts';
import type { Capacity, DeviceRef } from './media.ts';
import type { OrchestratorView } from './orchestrator.ts';
import type { Setup } from './setup.ts';

export const NODE_MODES = ['video', 'ai', 'dual'] as const;
export type NodeMode = (typeof NODE_MODES)[number];

export const DEPLOYMENT_TYPES = ['siphon', 'pool-node', 'pool-operator', 'ot-split', 'solo', 'practice'] as const;
/** `practice` is the embedded practice network: no money, no outside connection. */
export type DeploymentType = (typeof DEPLOYMENT_TYPES)[number];

export const SCALES = ['one-gpu', 'several-gpus', 'fleet'] as const;
export type Scale = (typeof SCALES)[number];

/** The engine's run state: the one state machine behind every reason to stop. */
export type RunStateName = 'starting' | 'running' | 'draining' | 'paused' | 'stopped';

export interface RunState {
  readonly state: RunStateName;
  readonly sinceMs: number;
  /** Why it is draining, paused or stopped. */
  readonly reason?:
    | 'user'
    | 'settings'
    | 'schedule'
    | 'heat'
    | 'gpu-needed'
    | 'not-idle'
    | 'battery'
    | 'suspend'
    | 'update'
    | 'gpu-off'
    | 'shutdown'
    | 'error';
  /** Plain words for the reason. */
  readonly text?: string;
  /** When it resumes by itself. */
  readonly resumeAtMs?: number;
  /** A rule paused it, so it resumes by itself when nothing asks for the pause any more. Absent: a person or an end did. */
  readonly automatic?: boolean;
  /** What else asks for the pause, in plain words, gravest first. */
  readonly also?: readonly string[];
  /** Segments running now. */
  readonly inFlight: number;
}

/** The registration with the orchestrator this machine works for. */
export interface OrchestratorLink {
  readonly serviceUri: string;
  readonly state: 'connecting' | 'registered' | 'waiting' | 'refused' | 'closed';
  readonly sinceMs: number;
  /** Failed attempts in a row. */
  readonly attempt: number;
  readonly nextAttemptAtMs?: number;
  readonly error?: ErrorInfo;
}

/** Milliseconds that each hop of a segment took; absent = not reached. */
export interface Hops {
  /** From the notice to the start of the download (admission). */
  readonly admitMs?: number;
  /** Waiting for the segment's bytes; those that came in while codecs worked already cost no time. */
  readonly downloadMs?: number;
  /** Waiting for a transcode worker, and moving bytes to and from it. */
  readonly handoffMs?: number;
  /** Demux, decode, scale, encode, mux. */
  readonly codecMs?: number;
  /** From the end of the codecs' work until the orchestrator has the result; most of it goes out before. */
  readonly uploadMs?: number;
  readonly totalMs?: number;
}

export interface RenditionRecord {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly bytes: number;
  readonly pixels: number;
}

export type SegmentState = 'downloading' | 'transcoding' | 'uploading' | 'done' | 'failed';

/** One segment's life on this machine. */
export interface SegmentRecord {
  /** Unique within the history. */
  readonly id: string;
  readonly sessionId: string;
  readonly manifestId: string;
  readonly seq: number;
  readonly state: SegmentState;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly sourceBytes: number;
  readonly source?: { readonly width: number; readonly height: number; readonly fps: number; readonly codec: string };
  readonly decodedPixels: number;
  readonly encodedPixels: number;
  readonly renditions: readonly RenditionRecord[];
  readonly hops: Hops;
  /** Segment duration ÷ total time; above 1 is faster than real time. */
  readonly realtimeFactor?: number;
  readonly device?: DeviceRef;
  readonly error?: ErrorInfo;
}

/** One stream as this machine sees it. */
export interface SessionRecord {
  readonly id: string;
  readonly manifestId: string;
  readonly startedAtMs: number;
  readonly lastSegmentAtMs: number;
  readonly endedAtMs?: number;
  readonly segments: number;
  readonly failed: number;
  readonly encodedPixels: number;
  readonly profiles: readonly string[];
  /** Median of the last segments' realtime factors. */
  readonly realtimeFactor?: number;
  readonly device?: DeviceRef;
}

/** Sums over a stretch of time. Pixels and bytes are exact integers below 2^53. */
export interface Totals {
  readonly segments: number;
  readonly failed: number;
  readonly encodedPixels: number;
  readonly decodedPixels: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Video transcoded, milliseconds of source. */
  readonly mediaMs: number;
}

/** The embedded practice network. */
export interface PracticeStatus {
  readonly sessions: number;
  readonly pace: 'real-time' | 'flat-out';
  readonly source: string;
  readonly submitted: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Streams that wait for a transcoder with room; absent = not known. */
  readonly waiting?: number;
  /** Why they wait, in plain words. */
  readonly waitingReason?: string;
  readonly serviceUri: string;
  readonly profiles: readonly string[];
}

/** One stream that can be watched: HLS playlists of the source and its renditions, relative to the engine's address. */
export interface PreviewStream {
  readonly sessionId: string;
  readonly manifestId: string;
  readonly tracks: ReadonlyArray<{
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly playlist: string;
  }>;
}

/** The state of the whole engine at one moment. */
export interface EngineSnapshot {
  /** Number of the last update folded in. */
  readonly seq: number;
  readonly engine: {
    readonly version: string;
    readonly startedAtMs: number;
    readonly pid: number;
    readonly dataDir: string;
    readonly node: string;
    readonly ffmpeg: string;
    readonly platform: string;
  };
  readonly choices: { readonly nodeMode: NodeMode; readonly deploymentType: DeploymentType; readonly scale: Scale };
  readonly run: RunState;
  readonly link: OrchestratorLink | null;
  readonly hardware: Hardware | null;
  readonly capacity: Capacity | null;
  /** Live sessions and those that ended lately, newest first. */
  readonly sessions: readonly SessionRecord[];
  /** The last 100 segments, newest first. */
  readonly segments: readonly SegmentRecord[];
  readonly today: Totals;
  /** The whole of yesterday, as far as the history has it. */
  readonly yesterday: Totals;
  readonly sinceStart: Totals;
  readonly problems: readonly Problem[];
  readonly practice: PracticeStatus | null;
  readonly previews: readonly PreviewStream[];
  /** This machine's own orchestrator; null when it works for another one. */
  readonly orchestrator: OrchestratorView | null;
  /** How far this machine is open to paired machines; null until that is known. */
  readonly remote: RemoteView | null;
  /** The rigs that this machine watches. */
  readonly fleet: readonly RigView[];
  readonly setup: Setup;
  readonly estimate: Estimate;
  /** Why it works or does not: the rules and what they see. */
  readonly availability: AvailabilityView;
}

/**
 * One change. Absent = unchanged. `sessions` and `segments` are upserts by id, everything else replaces.
 * `seq` counts by one; a gap means: ask for a new snapshot.
 */
export interface EngineUpdate {
  readonly seq: number;
  readonly choices?: EngineSnapshot['choices'];
  readonly run?: RunState;
  readonly link?: OrchestratorLink | null;
  readonly hardware?: Hardware;
  readonly gpuSamples?: readonly GpuSample[];
  readonly capacity?: Capacity | null;
  readonly sessions?: readonly SessionRecord[];
  readonly segments?: readonly SegmentRecord[];
  readonly today?: Totals;
  readonly yesterday?: Totals;
  readonly sinceStart?: Totals;
  readonly problems?: readonly Problem[];
  readonly practice?: PracticeStatus | null;
  readonly previews?: readonly PreviewStream[];
  readonly orchestrator?: OrchestratorView | null;
  readonly remote?: RemoteView;
  readonly fleet?: readonly RigView[];
  readonly setup?: Setup;
  readonly estimate?: Estimate;
  readonly availability?: AvailabilityView;
}

/** First message of the watch: the whole state; afterwards updates. */
export type WatchEvent =
  | { readonly kind: 'snapshot'; readonly snapshot: EngineSnapshot }
  | { readonly kind: 'update'; readonly update: EngineUpdate };

export const EMPTY_TOTALS: Totals = {
  segments: 0,
  failed: 0,
  encodedPixels: 0,
  decodedPixels: 0,
  bytesIn: 0,
  bytesOut: 0,
  mediaMs: 0,
};

/** How many segments a snapshot carries, and a client keeps. */
export const RECENT_SEGMENTS = 100;

/** How many sessions a snapshot carries, and a client keeps. */
export const RECENT_SESSIONS = 50;
