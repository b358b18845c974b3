import type { OrchestratorView } from '../api/orchestrator.ts';
import type { EngineSnapshot, RunState, SessionRecord } from '../api/snapshot.ts';
import { formatBytes, formatDuration, formatPixels, plain } from './format.ts';

/** The engine's state as one sentence. */
export function statusSentence({ run, link, sessions, practice, orchestrator }: EngineSnapshot, nowMs: number): string {
  const live = sessions.filter((session) => session.endedAtMs === undefined).length;
  const streams = `${live} ${live === 1 ? 'stream' : 'streams'}`;
  if (run.state !== 'running') return runSentence(run, nowMs);
  if (practice)
    return live > 0
      ? `Practising: transcoding ${streams} of the practice network.`
      : 'Practising: waiting for the first segment.';
  if (orchestrator?.editable) return orchestratorSentence(orchestrator);
  if (!link) return 'Running, with no orchestrator to work for yet.';
  switch (link.state) {
    case 'registered':
      return live > 0 ? `Transcoding ${streams} for ${link.serviceUri}.` : `Waiting for work from ${link.serviceUri}.`;
    case 'refused':
      return `Refused by ${link.serviceUri}: ${plain(link.error?.message ?? 'no reason given')}`;
    case 'connecting':
      return `Connecting to ${link.serviceUri} …`;
    case 'waiting': {
      const wait =
        link.nextAttemptAtMs === undefined ? '' : `, next try in ${formatDuration(Math.max(0, link.nextAttemptAtMs - nowMs))}`;
      return `Cannot reach ${link.serviceUri} (${plain(link.error?.message ?? 'no answer')})${wait}.`;
    }
    case 'closed':
      return `Not connected to ${link.serviceUri}.`;
  }
}

function orchestratorSentence({ sessionCount, transcoderCount, serviceUri }: OrchestratorView): string {
  const streams = `${sessionCount} ${sessionCount === 1 ? 'stream' : 'streams'}`;
  const transcoders = `${transcoderCount} ${transcoderCount === 1 ? 'transcoder' : 'transcoders'}`;
  if (sessionCount > 0) return `Orchestrating ${streams} on ${transcoders}.`;
  return `Waiting for ${transcoderCount > 0 ? 'gateways' : 'a transcoder'} at ${serviceUri}.`;
}

function runSentence(run: RunState, nowMs: number): string {
  const why = run.text === undefined ? '' : ` (${unended(run.text)})`;
  const resumes = run.resumeAtMs === undefined ? '' : `, until ${formatDuration(Math.max(0, run.resumeAtMs - nowMs))} from now`;
  switch (run.state) {
    case 'starting':
      return run.text === undefined ? 'Starting.' : `Starting; ${unended(run.text)}.`;
    case 'draining':
      return `Finishing ${run.inFlight} running ${run.inFlight === 1 ? 'segment' : 'segments'}, taking no new ones${why}.`;
    case 'paused':
      return `Paused${why}${resumes}.`;
    default:
      return `Stopped${why}.`;
  }
}

/** Words of the engine as a part of a sentence. */
function unended(text: string): string {
  return plain(text).replace(/\.$/, '');
}

/** What else there is to say about a pause, about rules that were set aside, and about devices that do not work. */
function availabilityLines({ run, availability: { rules, devices } }: EngineSnapshot): string[] {
  const aside = rules.filter(({ overridden }) => overridden === true);
  const idle = devices.filter(({ state }) => !['working', 'spare'].includes(state));
  return [
    ...(run.also ?? []).map((text) => `  also: ${plain(text)}`),
    ...(run.automatic === true && run.reason !== 'gpu-off' && run.reason !== 'suspend'
      ? ['  It goes on by itself when this is over. To work anyway: siphon resume --anyway']
      : []),
    ...aside.map(({ text }) => plain(text)),
    ...idle.map(({ id, name, state, text, streams }) => {
      const more = state === 'draining' ? `, ${streams} ${streams === 1 ? 'stream' : 'streams'} left` : '';
      return `${plain(name)} (${id}): ${state}${more}${text === undefined ? '' : `, ${unended(text)}`}`;
    }),
  ];
}

/** The state with what there is to say about a pause, for a terminal. */
export function statusHead(snapshot: EngineSnapshot, nowMs: number): string {
  return [statusSentence(snapshot, nowMs), ...availabilityLines(snapshot)].join('\n');
}

/** The whole status for a terminal. */
export function statusText(snapshot: EngineSnapshot, nowMs: number): string {
  const { hardware, capacity, today, problems, sessions, engine } = snapshot;
  const live = sessions.filter((session) => session.endedAtMs === undefined);
  return [
    statusHead(snapshot, nowMs),
    '',
    `Running for ${formatDuration(nowMs - engine.startedAtMs)}, Siphon ${engine.version}, data in ${engine.dataDir}`,
    ...(hardware ? [`Hardware: ${plain(hardware.verdict.title)}`] : []),
    ...(hardware?.nvenc
      ? [`NVENC sessions: ${hardware.nvenc.used} used of ${hardware.nvenc.total ?? `at least ${hardware.nvenc.testedUpTo}`}`]
      : []),
    ...(capacity ? [`Capacity: ${capacity.sessions} streams (${capacity.source})`] : []),
    `Today: ${today.segments - today.failed} segments done, ${today.failed} failed, ${formatDuration(today.mediaMs)} of video, ${formatPixels(today.encodedPixels)} encoded, ${formatBytes(today.bytesIn)} in, ${formatBytes(today.bytesOut)} out`,
    ...(live.length > 0 ? ['', 'Streams:', ...live.map(sessionLine)] : []),
    ...(problems.length > 0
      ? [
          '',
          'Problems:',
          ...problems.flatMap(({ severity, title, text, nextStep }) => [
            `  ${severity}: ${plain(title)}. ${plain(text)}`,
            ...(nextStep ? [`    ${plain(nextStep)}`] : []),
          ]),
        ]
      : []),
  ].join('\n');
}

function sessionLine(session: SessionRecord): string {
  const speed = session.realtimeFactor === undefined ? '' : `, ${session.realtimeFactor.toFixed(1)}× real time`;
  const device = session.device ? `, ${plain(session.device.name)}` : '';
  const failed = session.failed > 0 ? `, ${session.failed} failed` : '';
  return `  ${plain(session.manifestId)}: ${session.segments} segments${failed}${speed}${device} → ${session.profiles.map(plain).join(', ')}`;
}
