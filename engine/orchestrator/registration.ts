import { randomBytes } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import { Code, ConnectError, type ConnectRouter, createContextKey } from '@connectrpc/connect';
import type { Log } from '../base/log.ts';
import { createCapabilities, DEFAULT_CAPABILITIES } from '../wire/capabilities.ts';
import { Transcoder } from '../wire/gen/net/lp_rpc_pb.js';
import type { Connections } from './connections.ts';
import { equalSecrets } from './http-text.ts';
import { RemoteTranscoder } from './remote-transcoder.ts';
import type { TaskBoard } from './task-board.ts';
import type { TranscoderManager } from './transcoder-manager.ts';

/** Who is at the other end of a gRPC call. */
export interface Peer {
  /** `host:port`. */
  readonly address: string;
  /** The HTTP/2 connection, to be pinged. */
  readonly session: ServerHttp2Session | undefined;
}

/** Where gRPC handlers find the {@link Peer}. */
export const PEER = createContextKey<Peer>({ address: 'unknown', session: undefined }, { description: 'peer of the call' });

export interface RegistrationParameters {
  readonly secret: string;
  /** Text for the outputs' metadata: the orchestrator's address, or `offchain`. */
  readonly orchestratorId: string;
  /** Registrations held at once. */
  readonly maxTranscoders: number;
  readonly manager: TranscoderManager;
  readonly board: TaskBoard;
  /** Known once the server listens. */
  readonly connections: () => Connections | undefined;
  readonly log: Log;
}

/** `net.Transcoder/RegisterTranscoder`: the call stays open, each message on it is a task (go-livepeer `server/ot_rpc.go`). */
export function transcoderService(router: ConnectRouter, parameters: RegistrationParameters): void {
  const { manager, board, log } = parameters;
  router.service(Transcoder, {
    async *registerTranscoder(request, context) {
      const peer = context.values.get(PEER);
      if (!equalSecrets(request.secret, parameters.secret)) {
        log.warn({ address: peer.address }, 'a transcoder came with a wrong secret');
        throw new ConnectError('invalid secret', Code.Unknown);
      }
      if (request.capacity <= 0n) throw new ConnectError('zero capacity', Code.Unknown);
      if (manager.members.length >= parameters.maxTranscoders) {
        throw new ConnectError('too many transcoders', Code.ResourceExhausted);
      }
      const member = new RemoteTranscoder({
        id: randomBytes(4).toString('hex'),
        address: peer.address,
        capacity: Number(request.capacity > 1_000_000n ? 1_000_000n : request.capacity),
        capabilities: request.capabilities ?? createCapabilities({ numbers: DEFAULT_CAPABILITIES }),
        board,
        orchestratorId: parameters.orchestratorId,
      });
      using _ping = peer.session ? parameters.connections()?.watch(peer.session) : undefined;
      manager.join(member);
      try {
        yield* member.messages(context.signal);
      } finally {
        manager.leave(member, context.signal.aborted ? 'its connection ended' : 'its stream was ended');
        member.close();
      }
    },
  });
}
