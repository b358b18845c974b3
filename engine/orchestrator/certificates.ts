import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { EngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type CertificatePair, createCertificate } from '../wire/tls.ts';

/** A self-signed certificate is replaced when it has less than this left, milliseconds. */
const RENEW_BEFORE_MS = 30 * 24 * 3600_000;

/** Between two looks at the certificate, milliseconds. */
const LOOK_MS = 3600_000;

const CERT_NAME = 'orchestrator.crt.pem';
const KEY_NAME = 'orchestrator.key.pem';

/** Where the server's certificate comes from: the user's own files, or a self-signed one kept in a folder; absent = made at each start. */
export type CertificateSource = { readonly certFile: string; readonly keyFile: string } | { readonly keptIn: string };

/** Everything a {@link CertificateKeeper} needs. */
export interface CertificateKeeperParameters {
  readonly source: CertificateSource | undefined;
  /** Host of the service URI: the name in a self-signed certificate. */
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the server's certificate good: a self-signed one is made when there is none for this host and renewed before it ends, with the
 * same key, the
 * user's own files are read again when they change.
 */
export class CertificateKeeper implements Disposable {
  readonly #parameters: CertificateKeeperParameters;
  #timer: NodeJS.Timeout | undefined;

  constructor(parameters: CertificateKeeperParameters) {
    this.#parameters = parameters;
  }

  /**
   * The certificate to serve with now.
   * @throws EngineError `config-unreadable` or `config-invalid` for the user's own files
   */
  async load(): Promise<CertificatePair> {
    const { source, host, clock } = this.#parameters;
    if (!source) return createCertificate(host, new Date(clock.nowMs()));
    if ('certFile' in source) return await this.#own(source);
    const kept = await this.#kept(source.keptIn);
    return kept ?? (await this.#make(source.keptIn));
  }

  /** Looks now and then whether another certificate is due, and hands it over. */
  watch(current: CertificatePair, use: (pair: CertificatePair) => void): void {
    const { log } = this.#parameters;
    let known = current;
    this.#timer = setInterval(async () => {
      try {
        const next = await this.#renewed(known);
        if (next.cert === known.cert) return;
        known = next;
        use(next);
        log.info({ expires: new Date(next.expiresAtMs).toISOString() }, 'the orchestrator serves with a new certificate');
      } catch (error) {
        log.warn({ err: error }, 'the certificate could not be renewed; the old one stays');
      }
    }, LOOK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #renewed(known: CertificatePair): Promise<CertificatePair> {
    const { source, clock } = this.#parameters;
    if (source) return await this.load();
    return known.expiresAtMs - clock.nowMs() > RENEW_BEFORE_MS ? known : await this.load();
  }

  async #own({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): Promise<CertificatePair> {
    const [cert, key] = await Promise.all([certFile, keyFile].map(readPem));
    try {
      return checked(cert ?? '', key ?? '');
    } catch (cause) {
      throw new EngineError({
        code: 'config-invalid',
        message: `The certificate ${certFile} and the key ${keyFile} do not make a pair that can be served with`,
        nextStep: 'Both must be PEM, the key without a password, the certificate with its chain.',
        cause,
      });
    }
  }

  /** The kept one, if it is readable, for this host and not about to end. */
  async #kept(folder: string): Promise<CertificatePair | undefined> {
    const { host, clock } = this.#parameters;
    try {
      const [cert, key] = await Promise.all([CERT_NAME, KEY_NAME].map((name) => readFile(path.join(folder, name), 'utf8')));
      const pair = checked(cert ?? '', key ?? '');
      const forHost = new X509Certificate(pair.cert).subjectAltName === `DNS:${host}`;
      return forHost && pair.expiresAtMs - clock.nowMs() > RENEW_BEFORE_MS ? pair : undefined;
    } catch {
      // None yet, or a broken one: it is made anew.
      return undefined;
    }
  }

  /** The key kept, if it can be used: who pinned it (invites do) must still find it behind the next certificate. */
  async #keptKey(folder: string): Promise<string | undefined> {
    try {
      const key = await readFile(path.join(folder, KEY_NAME), 'utf8');
      const { asymmetricKeyDetails } = createPrivateKey(key);
      return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
    } catch {
      return undefined;
    }
  }

  async #make(folder: string): Promise<CertificatePair> {
    const { host, clock, log } = this.#parameters;
    const pair = createCertificate(host, new Date(clock.nowMs()), await this.#keptKey(folder));
    try {
      await mkdir(folder, { recursive: true });
      // The key first: a certificate without its key would be no use.
      await replaceFile(path.join(folder, KEY_NAME), pair.key);
      await replaceFile(path.join(folder, CERT_NAME), pair.cert);
    } catch (error) {
      log.warn({ err: error }, 'the certificate could not be kept; it will be made anew at the next start');
    }
    return pair;
  }
}

function checked(cert: string, key: string): CertificatePair {
  createSecureContext({ cert, key });
  return { cert, key, expiresAtMs: new X509Certificate(cert).validToDate.getTime() };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new EngineError({
      code: 'config-unreadable',
      message: `${file} cannot be read`,
      nextStep: 'Correct the path, or the permissions of the file.',
      cause,
    });
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, file);
}
