// Holds the data folder, records segments as fast as it can and says each recorded id on stdout, until it is killed.
import { writeSync } from 'node:fs';
import path from 'node:path';
import { lockDataDir } from '../../../../engine/store/data-dir-lock.ts';
import { Store } from '../../../../engine/store/store.ts';
import { gpuSample, segment } from '../records.ts';

const [dataDir = '', prefix = ''] = process.argv.slice(2);
const lock = lockDataDir({ dataDir, pid: process.pid, startedAtMs: Date.now() });
lock.setAddress('http://127.0.0.1:1');
const store = new Store({ file: path.join(dataDir, 'history.db') });
store.startMaintenance(() => ({ days: 90, maxMb: 1000 }));
for (let index = 0; index < 1_000_000; index += 1) {
  const id = `${prefix}-${index}`;
  if (store.recordSegment(segment(id, { startedAtMs: Date.now(), sessionId: prefix })) !== 'recorded')
    throw new Error('not recorded');
  store.insertGpuSamples([gpuSample(Date.now())]);
  // A pipe written in one call: what the parent has read was recorded before.
  writeSync(1, `${id}\n`);
}
