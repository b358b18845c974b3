import type { EngineSnapshot } from '../../engine/api/snapshot.ts';

/** Facts for a report, as text in English: versions, choices, hardware, state, problems. No secret, no address, no user name. */
export function diagnosticsText(snapshot: EngineSnapshot, userAgent: string): string {
  const { engine, choices, run, link, hardware, capacity, problems, sinceStart } = snapshot;
  const gpus =
    hardware?.gpus.map((gpu) => `${gpu.name} (${gpu.state}, driver ${gpu.driverVersion})`).join(', ') ?? 'not looked at yet';
  return [
    `Siphon ${engine.version}, Node ${engine.node}, FFmpeg ${engine.ffmpeg}, ${engine.platform}`,
    `Page: ${userAgent}`,
    `Choices: ${choices.nodeMode}, ${choices.deploymentType}, ${choices.scale}`,
    `State: ${run.state}${run.reason === undefined ? '' : ` (${run.reason})`}, ${run.inFlight} segments under way`,
    `Orchestrator: ${link === null ? 'none' : `${link.state}${link.error ? ` (${link.error.code})` : ''}`}`,
    `GPUs: ${gpus === '' ? 'none' : gpus}`,
    `Capacity: ${capacity === null ? 'not known' : capacity.sessions}`,
    `Since start: ${sinceStart.segments} segments, ${sinceStart.failed} failed`,
    ...(problems.length === 0 ? ['Problems: none'] : ['Problems:', ...problems.map(({ code, title }) => `- ${code}: ${title}`)]),
  ].join('\n');
}
