import type { Formats } from './formats.ts';

function count(formats: Formats, value: number, one: string, other: string): string {
  return `${formats.integer(value)} ${formats.plural(value) === 'one' ? one : other}`;
}

/** English texts of the orchestrator page. */
export const orchestratorEn = {
  title: 'Orchestrator',
  practiceNote: 'This is the practice network’s orchestrator: to look at, not to change.',
  offChain: 'off-chain',
  offChainText: 'For practice, tests and private networks: without a chain there is no payment and no public gateway finds it.',
  none: 'This machine runs no orchestrator',
  noneText: 'It works for another one. With the deployment type “solo” it gets one of its own.',

  serviceUri: 'Service URI',
  listening: 'Listens on',
  sessionsTaken: 'Streams at once',
  secret: 'Secret for transcoders',
  secretSet: 'Set. Show it with: siphon orchestrator secret',
  secretMissing: 'None: only this machine’s own transcoder works here',
  check: 'Check now',
  checking: 'Checking…',
  checked: (ago: string) => `checked ${ago}`,
  reach: {
    unknown: 'Not checked yet',
    checking: 'Checking',
    reachable: 'Reached',
    'local-only': 'Reached from near only',
    unreachable: 'Not reached',
  },

  why: 'Why no work?',
  whyText: 'No gateway sends a stream now. From here, this is how it looks:',
  whyEmpty: 'The checklist comes with the first look.',
  ok: 'fine',
  notOk: 'in the way',
  notKnown: 'cannot be told from here',

  sessions: 'Streams from gateways',
  sessionsEmpty: 'No stream now.',
  sessionsEmptyText: 'Each stream that a gateway sends appears here, with the transcoder that serves it.',
  more: (value: number, formats: Formats) => `and ${formats.integer(value)} more`,
  gateway: 'Gateway',
  stream: 'Stream',
  transcoder: 'Transcoder',
  segments: 'Segments',
  last: 'Last',
  failedShort: (value: number, formats: Formats) => `${formats.integer(value)} failed`,
  unknownGateway: 'not named',

  transcoders: 'Transcoders',
  transcodersEmpty: 'No transcoder is connected.',
  transcodersEmptyText: 'Without one, gateways are turned away. On the machine with the GPU, run:',
  joinCommand: (serviceUri: string) => `siphon join ${serviceUri}`,
  thisMachine: 'This machine',
  load: (used: string, total: string) => `${used} of ${total} streams`,
  facts: (facts: { segments: number; median: string | null; since: string }, formats: Formats) =>
    [
      count(formats, facts.segments, 'segment', 'segments'),
      ...(facts.median === null ? [] : [`${facts.median} each`]),
      `connected ${facts.since}`,
    ].join(', '),
  lastFault: 'Last failure:',
  draining: 'Finishing',
  drain: 'No new streams',
  remove: 'Remove',
  drainLabel: (name: string) => `Give ${name} no new streams`,
  removeLabel: (name: string) => `Remove ${name}`,

  prices: 'Prices',
  pricesText: 'What gateways are asked for. A change holds for new streams, at once.',
  base: 'For everyone',
  perGateway: 'For single gateways',
  perCapability: 'For single capabilities',
  perGatewayEmpty: 'None: everyone is asked the same.',
  edit: 'Change prices',
  save: 'Save',
  cancel: 'Cancel',
  saving: 'Saving…',
  add: 'Add a gateway',
  priceOf: 'Price',
  gatewayAddress: 'Gateway’s Ethereum address',
  removeRow: (row: string) => `Remove row ${row}`,
  priceHint: 'Like 1000wei (for each pixel) or 0.02USD/1e12pixels.',
  fault: {
    price: 'Write a price, like 1000wei or 0.02USD/1e12pixels.',
    gateway: 'A gateway’s address is 0x and 40 hexadecimal digits.',
    twice: 'This gateway is already in the table.',
  },
  priceUnknown: 'worth not known yet',
  free: 'free of charge',
  weiPerPixel: (wei: string) => `${wei} wei per pixel`,
  about: (price: string) => `about ${price}`,
  lessThan: (price: string) => `less than ${price}`,

  capabilities: 'What gateways may ask for',
  errors: 'Errors lately',
  times: (value: string) => `${value} times`,

  status: {
    working: (streams: number, transcoders: number, formats: Formats) =>
      `Orchestrating ${count(formats, streams, 'stream', 'streams')} on ${count(formats, transcoders, 'transcoder', 'transcoders')}.`,
    waiting: (host: string) => `Waiting for gateways at ${host}.`,
    noTranscoder: (host: string) => `Waiting for a transcoder at ${host}.`,
  },
  flow: { own: 'Your orchestrator', open: 'open' },
};
