// A transcoder of its own process, as `siphon run` is one: real media, real wire. Serves until its parent goes away or it is killed.
import process from 'node:process';
import { silentLog } from '../../engine/base/log.ts';
import { createTranscoder } from '../../engine/media/transcoder.ts';
import { TranscoderClient } from '../../engine/transcoder/client.ts';
import { OrchestratorAddressSchema } from '../../engine/wire/address.ts';

process.on('disconnect', () => process.exit(0));
const transcoder = await createTranscoder({ devices: [{ kind: 'cpu', id: 'cpu', name: 'CPU', cores: 2 }], log: silentLog });
const client = new TranscoderClient({
  address: OrchestratorAddressSchema.parse(process.env.ORCHESTRATOR),
  secret: process.env.SECRET ?? '',
  transcoder,
  observer: {
    linkChanged: ({ state }) => process.send?.({ kind: 'link', state }),
    sessionChanged: () => {},
    segmentChanged: ({ state, sessionId, seq }) => process.send?.({ kind: 'segment', state, sessionId, seq: String(seq) }),
  },
});
await client.start();
