import type { Check } from './check.ts';

/** What the bundled FFmpeg tells when it is really loaded; `gpu`'s `probeFfmpeg` gives this. */
export interface FfmpegFacts {
  readonly nodeAv: string;
  readonly ffmpeg: string;
  readonly encoders: Readonly<Record<string, boolean>>;
}

const NEEDED_NODE_MAJOR = 24;

/** Node and FFmpeg: the two that everything stands on. */
export function runtimeChecks(
  ffmpeg: (signal: AbortSignal) => Promise<FfmpegFacts>,
  nodeVersion: string = process.versions.node,
): readonly Check[] {
  return [
    {
      id: 'node',
      title: 'Node.js',
      run: async () => {
        const text = `Node.js ${nodeVersion} on ${process.platform} ${process.arch}.`;
        return Number.parseInt(nodeVersion, 10) >= NEEDED_NODE_MAJOR
          ? { status: 'ok', text }
          : {
              status: 'fail',
              text,
              nextStep: `Start Siphon with \`npm start\` or \`siphon\`: both bring Node.js ${NEEDED_NODE_MAJOR} along.`,
            };
      },
    },
    {
      id: 'ffmpeg',
      title: 'FFmpeg',
      run: async (signal) => {
        const { ffmpeg: version, nodeAv, encoders } = await ffmpeg(signal);
        const text = `FFmpeg ${version} (node-av ${nodeAv}) loads.`;
        return encoders.libx264 === true
          ? { status: 'ok', text }
          : { status: 'fail', text: `${text} But it has no H.264 encoder for the CPU.`, nextStep: 'Install Siphon anew.' };
      },
    },
  ];
}
