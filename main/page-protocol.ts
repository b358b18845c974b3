import { protocol } from 'electron';
import { answerPage } from './page-files.ts';

/** Tells Chromium about `app://` before it starts: a secure, standard scheme with storage and fetch. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the built page at `app://siphon/`. */
export function servePage(folder: string): void {
  // From Electron 25 on; the older way is gone in the newest ones.
  if (typeof protocol.handle === 'function') {
    protocol.handle('app', async (request) => {
      const { status, headers, body } = await answerPage(folder, request.url);
      return new Response(new Uint8Array(body), { status, headers: { ...headers } });
    });
    return;
  }
  (protocol as unknown as OldProtocol).registerBufferProtocol('app', (request, callback) => {
    void answerPage(folder, request.url).then(({ status, headers, body }) => {
      const mimeType = (headers['content-type'] ?? 'text/plain').split(';')[0] ?? 'text/plain';
      callback({ statusCode: status, mimeType, charset: 'utf-8', headers, data: Buffer.from(body) });
    });
  });
}

/** The part of Electron 22's protocol module that newer types no longer have. */
interface OldProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (
      request: { readonly url: string },
      callback: (answer: {
        readonly statusCode: number;
        readonly mimeType: string;
        readonly charset: string;
        readonly headers: Readonly<Record<string, string>>;
        readonly data: Buffer;
      }) => void,
    ) => void,
  ): boolean;
}
