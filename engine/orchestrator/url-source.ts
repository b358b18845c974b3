import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { type Deadline, deadline } from '../base/abort.ts';
import { ANY_CERTIFICATE } from '../wire/tls.ts';
import { BodyFault, type ReadBody, type ReadBodyParameters, readBody } from './incoming-body.ts';

/** Redirects followed (Go's HTTP client). */
const MAX_REDIRECTS = 10;

/** Longest URL taken, bytes. */
export const MAX_URL_BYTES = 8_192;

/**
 * Fetches a segment that came as a URL: status 200 within the time, redirects followed, certificates not looked at (go-livepeer
 * `server/segment_rpc.go`, getSegment).
 * @throws BodyFault
 */
export async function fetchSource(text: string, parameters: ReadBodyParameters, signal: AbortSignal): Promise<ReadBody> {
  using limit = deadline(parameters.totalMs, 'the download of a segment', signal);
  let url = text.trim();
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const answer = await get(url, limit);
    const { statusCode = 0, headers, stream } = answer;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      stream.destroy();
      url = new URL(headers.location, url).href;
      continue;
    }
    if (statusCode !== 200) {
      stream.destroy();
      throw new BodyFault(`the source answered ${statusCode}`);
    }
    try {
      return await readBody(stream, parameters);
    } finally {
      stream.destroy();
    }
  }
  throw new BodyFault('the source redirects without end');
}

interface Answer {
  readonly statusCode: number | undefined;
  readonly headers: { readonly location?: string | undefined };
  readonly stream: Readable;
}

function get(text: string, { signal }: Deadline): Promise<Answer> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return Promise.reject(new BodyFault('the body is no http or https URL'));
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { signal, agent: false, ...ANY_CERTIFICATE });
    request.on('response', (response) =>
      resolve({ statusCode: response.statusCode, headers: response.headers, stream: response }),
    );
    request.on('error', (error) => reject(new BodyFault(`the source cannot be fetched: ${error.message}`)));
    request.end();
  });
}
