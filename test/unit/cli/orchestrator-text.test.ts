import { expect, test } from 'vitest';
import { orchestratorText, pricesText, transcodersText, whyText } from '../../../engine/cli/orchestrator-text.ts';
import { statusSentence } from '../../../engine/cli/status-text.ts';
import { snapshotOf } from '../../support/fake-engine-data.ts';
import { orchestratorOf } from '../../support/fake-orchestrator-view.ts';

test('the status tells address, price, streams, transcoders and errors', () => {
  const text = orchestratorText(orchestratorOf('busy', 0), 10_000);
  expect(text).toContain('Service URI: https://orchestrator.example:8935 (listens on 127.0.0.1:8935)');
  expect(text).toContain('Price: 0.02USD/1e12pixels (6 wei for 1000 pixels)');
  expect(text).toContain('Streams: 7 of 20');
  expect(text).toContain('Off-chain');
  expect(text).toMatch(/5a3c71f2 +0x3bbe\S+ +local +812 +0/);
  expect(text).toMatch(/transcoder-2 +192\.168\.1\.22 +1\/6 draining/);
  expect(text).toContain('3 × OrchestratorBusy');
  expect(text).not.toContain('siphon orchestrator why');
});

test('an idle one points to the checklist, which marks what is in the way', () => {
  const view = orchestratorOf('idle', 0);
  const text = orchestratorText(view, 0);
  expect(text).toContain('No transcoder is connected.');
  expect(text).toContain('siphon orchestrator why');
  const [first = '', second = '', third = ''] = whyText(view.whyNoWork).split('\n');
  expect([first, second]).toEqual([
    '✗ A transcoder is connected',
    '    No transcoder works for this orchestrator, so gateways are turned away.',
  ]);
  expect(third).toBe('    Run siphon join on the machine with the GPU.');
  expect(whyText(view.whyNoWork)).toContain('? In the active set');
});

test('what transcoders say of themselves cannot steer the terminal', () => {
  const view = orchestratorOf('split', 0);
  const [first] = view.transcoders;
  if (!first) throw new Error('no transcoder');
  const text = transcodersText({ ...view, transcoders: [{ ...first, address: '\u001b[2Jevil' }], transcoderCount: 300 }, 0);
  expect(text).not.toContain('\u001b');
  expect(text).toContain('and 299 more');
});

test('a price that cannot be converted yet says so', () => {
  expect(pricesText({ base: { text: '1XYZ', price: null }, perGateway: [], perCapability: [] })).toBe(
    'for everyone: 1XYZ (worth not known yet)',
  );
});

test('one sentence says what the orchestrator waits for', () => {
  expect(statusSentence(snapshotOf('split', 0), 0)).toBe('Orchestrating 7 streams on 2 transcoders.');
  expect(statusSentence(snapshotOf('idle', 0), 0)).toBe('Waiting for a transcoder at https://orchestrator.example:8935.');
});
