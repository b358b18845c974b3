import { count } from './count.ts';
import type { Formats } from './formats.ts';

/** English texts of the home page. */
export const homeEn = {
  today: {
    title: 'Today’s work',
    segments: 'segments',
    video: 'of video',
    pixels: 'encoded',
    factor: 'real time lately',
    failed: (value: number, formats: Formats) => `${formats.integer(value)} failed`,
    noneFailed: 'none failed',
    traffic: (received: string, sent: string) => `${received} in, ${sent} out`,
    yesterday: (value: string) => `yesterday ${value}`,
    noYesterday: 'Nothing was done yesterday.',
    empty: 'Nothing yet today.',
    emptyText: 'The first segment that comes back from this machine starts the count.',
  },

  gpuDetails: 'GPU details',

  chart: {
    title: 'The last ten minutes',
    label: 'Segments per minute',
    empty: 'No segment finished in the last ten minutes.',
    emptyText: 'The curve begins with the next one.',
    all: 'All sessions',
  },

  why: {
    title: 'Why no work?',
    intro: 'What decides whether a stream comes; what is in the way stands first.',
    all: 'Whole checklist',
    capacity: 'Room for streams',
    capacityOk: (value: number, formats: Formats) =>
      `This machine offers ${count(formats, value, 'stream', 'streams')} at a time.`,
    capacityNone: 'It offers none: every GPU is off or rests after failing.',
    capacityUnknown: 'It is not known yet how many it can take.',
    gpu: 'A GPU that encodes',
    gpuNone: 'Video is encoded on the CPU. Many orchestrators give their streams to GPUs first.',
    failures: 'Work that succeeds',
    failuresText: (failed: string, all: string) => `${failed} of today’s ${all} segments failed. Those who fail are passed over.`,
    speed: 'Fast enough',
    speedText: (factor: string) => `The last segment took ${factor} of real time. Below 1× the next ones go to others.`,
    link: 'Connection',
    linkText: (host: string, since: string) => `Registered with ${host} for ${since}.`,
    demand: 'Streams to give',
    demandSince: (host: string, ago: string) =>
      `The last segment came ${ago}. How many streams ${host} has, and who else works for it, only its operator sees.`,
    demandNever: (host: string) =>
      `None has come yet. How many streams ${host} has, and who else works for it, only its operator sees.`,
  },

  practice: {
    title: 'This is practice',
    text: 'The streams are made on this machine and nobody pays for them. Everything else is the real thing.',
    join: 'Join a pool',
    other: 'Other ways to take part',
  },

  invitation: {
    title: 'Set this machine up',
    text: 'Three short steps: what this machine can do, what that could earn, and how it takes part. It practises meanwhile.',
    start: 'Start',
    resume: 'Go on',
    later: 'Not now',
  },
};
