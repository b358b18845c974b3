import type { Prospect } from '../model/estimate.ts';
import { count } from './count.ts';
import type { Formats } from './formats.ts';

const prospects: Readonly<Record<Prospect, { readonly video: string; readonly earning: string }>> = {
  gpu: {
    video: 'Several streams at once, encoded on the GPU.',
    earning: 'This is what pools and orchestrators look for. How much it brings depends on the streams they have to give.',
  },
  'some-gpus': {
    video: 'Streams are encoded on the cards that work; the others are left alone.',
    earning: 'The cards that work can earn. A card that is mended later is taken up by itself or after a restart.',
  },
  'no-gpu': {
    video: 'A stream or a few, encoded on the CPU.',
    earning:
      'Fine for practice. For earning, hardly: orchestrators give their streams to GPUs first, and the electricity may cost more than the work brings.',
  },
  'no-encoder': {
    video: 'Only on the CPU: this card has no video encoder, however strong it is otherwise.',
    earning:
      'This card cannot earn with video. It is made for AI work, which this version of Siphon does not do yet. The CPU can practise.',
  },
  driver: {
    video: 'Only on the CPU, until the driver is in order.',
    earning: 'Mend the driver first: the card in this machine may well earn, the CPU hardly will.',
  },
  busy: {
    video: 'On the GPU, as soon as other programs let go of its encoder.',
    earning: 'Close what records or streams on this machine, then look again.',
  },
  trouble: {
    video: 'Only on the CPU, until the card answers.',
    earning: 'Mend the card first: the CPU alone hardly earns.',
  },
};

/** English texts of the first run. */
export const welcomeEn = {
  progress: 'Steps',
  stepOf: (step: string, all: string) => `Step ${step} of ${all}`,
  stepDone: 'done',
  back: 'Back',
  next: 'Next',
  skip: 'Skip for now',
  close: 'Close',
  steps: { machine: 'This machine', earnings: 'What it could earn', choice: 'How it takes part' },

  machine: {
    title: 'What this machine can do',
    intro: 'Siphon tries everything for real: it encodes a short video on each GPU instead of trusting its name.',
    looking: 'Looking at this machine',
    stages: [
      'Asking the NVIDIA driver for its cards',
      'Encoding and decoding a test video on each card',
      'Counting how many encodes run at once',
    ],
    again: 'Look again',
    lookingAgain: 'Looking again…',
    video: 'Video',
    earning: 'Earning',
    ai: 'AI work',
    aiText: 'Not part of this version.',
    prospects,
  },

  earnings: {
    title: 'What it could earn',
    intro: 'First measured on this machine, then multiplied by a price. You can change every number.',
    measure: 'Measured speed',
    measureText: 'Encodes more and more streams at once until they no longer keep up. Other work rests meanwhile.',
    start: 'Measure now',
    again: 'Measure again',
    cancel: 'Cancel',
    atMost: (time: string) => `At most ${time}.`,
    progress: 'Time used of the longest it may take',
    preparing: 'Making the test video…',
    trial: (streams: number, formats: Formats) => `${count(formats, streams, 'stream', 'streams')} at once`,
    trialOk: (share: string) => `kept up, took ${share} of the time`,
    trialSlow: (share: string) => `too slow, took ${share} of the time`,
    trialFailed: 'did not come through',
    cancelled: 'Cancelled. Nothing has changed.',
    result: (streams: number, formats: Formats) => `${count(formats, streams, 'stream', 'streams')} at once in real time`,
    resultText: (ladder: string, fps: string) => `Each a 720p source into ${ladder}, at ${fps} frames a second.`,
    notMeasured: 'Not measured yet. The sums appear once it is.',
    device: (name: string, streams: string, bound: string) => `${name}: ${streams} (${bound})`,

    prices: 'Prices',
    pricesText: 'In wei per pixel, like 1000wei. A price in dollars needs an exchange rate, which this version does not have.',
    reference: 'Example price',
    referenceText: (source: string) =>
      `The example price is the one that the network’s documentation reckons with (${source}). It is no offer: what gateways pay may be far lower, and a pool keeps its part.`,
    name: 'Name',
    price: 'Price',
    nameOf: (row: string) => `Name of price ${row}`,
    priceOf: (row: string) => `Price ${row}`,
    add: 'Add a price',
    newName: 'My price',
    remove: (row: string) => `Remove price ${row}`,
    hours: 'Hours of work a day',
    perDay: (eth: string) => `${eth} ETH a day`,
    perMonth: (eth: string) => `${eth} ETH in 30 days`,
    noRate: 'No exchange rate is known for this currency.',
    streams: (value: number, formats: Formats) => count(formats, value, 'stream', 'streams'),
    formulaOf: (parts: { streams: string; pixels: string; hours: string; price: string }) =>
      `${parts.streams} × ${parts.pixels} pixels a second × 3,600 s × ${parts.hours} h × ${parts.price} wei`,
    formulaSum: (wei: string) => `= ${wei} wei a day`,
    upperBound: 'An upper bound',
    upperBoundText:
      'The sum holds only if that many streams came all the time. Most machines wait for much of the day, and electricity is not taken off.',
    onCpu: 'This is a CPU',
    onCpuText: 'The numbers are honest, the demand is not there: orchestrators give their streams to GPUs first.',
    noEncoder: 'This card has no video encoder',
    noEncoderText:
      'Data-centre cards like the A100, H100 and H200 are made without one. What was measured is the CPU beside it; the card itself earns nothing with video.',
  },

  choice: {
    title: 'How this machine takes part',
    intro: 'You can change this at any time.',
    pool: 'Join a pool',
    poolText: 'A pool operator gives you work and pays you its part. No stake, no wallet on this machine. The usual way.',
    poolAction: 'Choose a pool',
    own: 'Connect to my orchestrator',
    ownText: 'A siphon: this GPU works for an orchestrator that you already run elsewhere. Its keys stay there.',
    ownAction: 'Connect',
    serviceUri: 'Service URI',
    serviceUriHint: 'Like https://orchestrator.example:8935',
    secret: 'Secret',
    secretHint:
      'What the orchestrator was started with as -orchSecret. Siphon keeps it apart from the settings and never shows it.',
    showSecret: 'Show the secret',
    connecting: (host: string) => `Connecting to ${host}…`,
    connected: (host: string) => `Connected to ${host}.`,
    waiting: (host: string) => `${host} does not answer yet; Siphon goes on trying.`,
    refused: (host: string) => `${host} refused this machine.`,
    goHome: 'Go to Home',
    solo: 'Run my own orchestrator',
    soloText:
      'Gateways send streams straight to this machine. Off-chain for now: to be paid on the public network an orchestrator needs a wallet and stake, which this version does not have yet.',
    soloAction: 'Run it off-chain',
    practice: 'Practice first',
    practiceText: 'The real protocol with streams made on this machine. No money, no connection to anyone.',
    practiceAction: 'Practise',
  },
};
