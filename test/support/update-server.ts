import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { signedBytes } from '../../main/updates/signature.ts';

/** A release key pair of a test. */
export interface TestReleaseKey {
  /** Base64 of the 32 bytes. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** Makes a release key pair. */
export function testReleaseKey(): TestReleaseKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'), privateKey };
}

/** Signs a manifest as the release script does. */
export function signManifest(key: TestReleaseKey, fileName: string, manifest: Uint8Array): string {
  return `${sign(null, signedBytes(fileName, manifest), key.privateKey).toString('base64')}\n`;
}

/** What a manifest says; absent = what is true. */
export interface ManifestClaims {
  readonly version: string;
  readonly name: string;
  readonly content: Uint8Array;
  readonly sha512?: string;
  readonly size?: number;
  readonly notes?: string;
  readonly stagingPercentage?: number;
}

/** A manifest as electron-builder writes it. */
export function manifestText({ version, name, content, sha512, size, notes, stagingPercentage }: ManifestClaims): string {
  const hash = sha512 ?? createHash('sha512').update(content).digest('base64');
  const lines = [
    `version: ${version}`,
    'files:',
    `  - url: ${name}`,
    `    sha512: ${hash}`,
    `    size: ${size ?? content.length}`,
    `path: ${name}`,
    `sha512: ${hash}`,
    "releaseDate: '2026-11-24T00:00:00.000Z'",
    ...(notes === undefined ? [] : [`releaseNotes: ${JSON.stringify(notes)}`]),
    ...(stagingPercentage === undefined ? [] : [`stagingPercentage: ${stagingPercentage}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Answers a request; what it does not answer is 404. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An update server on this machine that says whatever a test wants it to. */
export class UpdateServer implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    this.asked.push(name);
    const answer = this.answers.get(name);
    if (answer) answer(response, request);
    else response.writeHead(404).end('nothing here');
  });
  /** File name → answer. */
  readonly answers = new Map<string, Answer>();
  /** File names in the order they were asked for. */
  readonly asked: string[] = [];
  #port = 0;

  /** Starts it on a free port of the loopback interface. */
  static async start(): Promise<UpdateServer> {
    const server = new UpdateServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    const address = server.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    server.#port = address.port;
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Forgets all answers and what was asked. */
  reset(): void {
    this.answers.clear();
    this.asked.length = 0;
  }

  /** Serves bytes under a name. */
  serve(name: string, content: Uint8Array | string): void {
    this.answers.set(name, (response) => response.writeHead(200).end(content));
  }

  /** Serves a release: manifest, its signature, the package. */
  release(key: TestReleaseKey, channelFile: string, claims: ManifestClaims): void {
    const manifest = manifestText(claims);
    this.serve(channelFile, manifest);
    this.serve(`${channelFile}.sig`, signManifest(key, channelFile, Buffer.from(manifest)));
    this.serve(claims.name, claims.content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
