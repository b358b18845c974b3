import { describe, expect, test } from 'vitest';
import { shortAddress } from '../../../renderer/model/names.ts';
import {
  isIdle,
  priceFaults,
  priceForm,
  priceInWords,
  pricesToSend,
  reachTone,
  showsOrchestrator,
  sortedReasons,
} from '../../../renderer/model/orchestrator.ts';
import { describeStatus } from '../../../renderer/model/status.ts';
import { en } from '../../../renderer/text/en.ts';
import { createFormats } from '../../../renderer/text/formats.ts';
import { snapshotOf } from '../../support/fake-engine-data.ts';
import { orchestratorOf } from '../../support/fake-orchestrator-view.ts';

const formats = createFormats('en-GB');
const worth = (wei: string, pixels: string) => priceInWords({ wei, pixels }, en, formats);
const GATEWAY = `0x${'aB'.repeat(20)}`;

describe('prices in words', () => {
  test.each([
    ['1200', '1', '1,200 wei per pixel'],
    ['0', '1', 'free of charge'],
    ['7', '9', 'about 0.778 wei per pixel'],
    ['5', '2', 'about 2.5 wei per pixel'],
    ['1', '1000000', 'less than 0.001 wei per pixel'],
    ['123456789012345678901234567890', '1', '123,456,789,012,345,678,901,234,567,890 wei per pixel'],
    ['1', '0', 'worth not known yet'],
  ])('%s wei for %s pixels is “%s”', (wei, pixels, words) => expect(worth(wei, pixels)).toBe(words));

  test('a price whose exchange rate is not known says so', () => {
    expect(priceInWords(null, en, formats)).toBe('worth not known yet');
  });

  test('the fraction is written as the language writes it', () => {
    expect(priceInWords({ wei: '5', pixels: '2' }, en, createFormats('de'))).toBe('about 2,5 wei per pixel');
  });
});

describe('the price editor', () => {
  const form = priceForm(orchestratorOf('busy', 0).prices);

  test('begins with the prices there are, and sends them back as they were', () => {
    expect(priceFaults(form).size).toBe(0);
    expect(pricesToSend(form)).toEqual({
      base: '0.02USD/1e12pixels',
      perGateway: [{ gateway: '0x3bbe84023c11c4874f493d70b370d26390e3c580', price: '1200wei' }],
    });
  });

  test('names what is wrong, row by row', () => {
    const rows = [
      { key: 1, gateway: 'bob', price: '1wei' },
      { key: 2, gateway: GATEWAY, price: ' ' },
      { key: 3, gateway: GATEWAY.toLowerCase(), price: '2wei' },
    ];
    expect([...priceFaults({ base: ' ', rows })]).toEqual([
      ['base', 'price'],
      [1, 'gateway'],
      [2, 'price'],
      [3, 'twice'],
    ]);
  });

  test('an empty row counts as none', () => {
    const rows = [{ key: 0, gateway: ' ', price: '' }];
    expect(priceFaults({ base: '1wei', rows }).size).toBe(0);
    expect(pricesToSend({ base: ' 1wei ', rows })).toEqual({ base: '1wei', perGateway: [] });
  });
});

describe('the orchestrator’s state', () => {
  test('the checklist begins with what is in the way', () => {
    const items = [true, null, false, true].map((ok, index) => ({ id: String(index), ok, title: '', text: '' }));
    expect(sortedReasons(items).map(({ id }) => id)).toEqual(['2', '1', '0', '3']);
  });

  test('an address is shortened in its middle, other names stay', () => {
    expect(shortAddress(GATEWAY)).toBe('0xaBaB…aBaB');
    expect(shortAddress('10.0.0.9:4312')).toBe('10.0.0.9:4312');
  });

  test('it is idle without streams, and each reachability has its tone', () => {
    expect(isIdle(orchestratorOf('idle', 0))).toBe(true);
    expect(isIdle(orchestratorOf('busy', 0))).toBe(false);
    expect((['reachable', 'local-only', 'unreachable', 'checking', 'unknown'] as const).map(reachTone)).toEqual([
      'working',
      'waiting',
      'problem',
      'connecting',
      'connecting',
    ]);
  });

  test('the page is in the navigation only where there is an orchestrator', () => {
    expect(showsOrchestrator(snapshotOf('solo', 0))).toBe(true);
    expect(showsOrchestrator(snapshotOf('siphon', 0))).toBe(false);
  });

  test.each([
    ['split', 'working', 'Orchestrating 7 streams on 2 transcoders.'],
    ['idle', 'waiting', 'Waiting for a transcoder at orchestrator.example:8935.'],
  ] as const)('%s is said in one sentence', (scenario, tone, sentence) => {
    expect(describeStatus(snapshotOf(scenario, 0), 0, en, formats)).toMatchObject({ tone, sentence });
  });

  test('with a transcoder and no stream it waits for gateways', () => {
    const snapshot = snapshotOf('idle', 0);
    const orchestrator = { ...orchestratorOf('idle', 0), transcoderCount: 1 };
    expect(describeStatus({ ...snapshot, orchestrator }, 0, en, formats).sentence).toBe(
      'Waiting for gateways at orchestrator.example:8935.',
    );
  });
});
