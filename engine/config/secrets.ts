import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { EngineError } from '../base/errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { JsonSyntaxError, parseJsonDocument } from './json-document.ts';
import { SealedSchema, seal, unseal } from './sealed.ts';

const SecretsSchema = z.strictObject({
  version: z.literal(1),
  /** What the orchestrator's operator gave out for `-orchSecret`; sent only to that orchestrator, over TLS. */
  orchestratorSecret: z.string().min(1).max(4096).optional(),
  /** What transcoders must know to work for this machine's own orchestrator. */
  ownOrchestratorSecret: z.string().min(1).max(4096).optional(),
  /** Tokens of the fleet's rigs, by the rig's id. */
  rigTokens: z.record(z.string().max(64), z.string().max(200)).optional(),
});

/** The secrets file's contents. Never logged, never in the configuration, never on a command line. */
export interface Secrets {
  /** Of the remote orchestrator that this machine works for. */
  readonly orchestratorSecret?: string;
  /** Of this machine's own orchestrator; its transcoders must know it. */
  readonly ownOrchestratorSecret?: string;
  /** Tokens of the fleet's rigs, by the rig's id. */
  readonly rigTokens?: Readonly<Record<string, string>>;
}

/** How the secrets file is protected. */
export interface SecretsProtection {
  /** 32 bytes that it is encrypted with at rest; absent = plain, readable by its owner alone. */
  readonly key?: Uint8Array | undefined;
  /**
   * True with `key`: it is read with it, and written plain from now on, because the person consented to that. False without one: they
   * have not consented yet, so nothing is written.
   */
  readonly plain?: boolean | undefined;
}

/**
 * Reads `secrets.json`; a missing file means no secrets. On POSIX it refuses a file that others can read. A plain file is sealed at once
 * when there is a key, and a sealed one made plain when that is wanted; each atomically.
 * @throws EngineError config-unreadable (also for wrong permissions), config-invalid, secrets-sealed for a missing or wrong key; when the
 *   file has to be written anew also disk-full, data-dir-unwritable. Messages never quote the contents
 */
export async function loadSecrets(file: string, protection: SecretsProtection = {}): Promise<Secrets> {
  const found = await readFileAsItIs(file, protection.key);
  if (!found) return {};
  const { secrets, sealed } = found;
  if (sealed !== isSealing(protection)) await write(file, secrets, protection);
  return secrets;
}

/**
 * Writes `secrets.json` with permissions 0600, atomically, sealed when there is a key; keeps no copy of the previous secrets.
 * @throws EngineError disk-full, data-dir-unwritable; secrets-sealed when what is there was sealed with another key: it is left alone then;
 *   secrets-no-consent
 */
export async function saveSecrets(file: string, secrets: Secrets, protection: SecretsProtection = {}): Promise<void> {
  await readFileAsItIs(file, protection.key).catch((error: unknown) => {
    // A damaged or unprotected file is what saving mends; one that somebody can still open is not to be lost.
    if (error instanceof EngineError && error.code === 'secrets-sealed') throw error;
  });
  await write(file, secrets, protection);
}

function isSealing({ key, plain }: SecretsProtection): boolean {
  return key !== undefined && plain !== true;
}

async function write(file: string, secrets: Secrets, protection: SecretsProtection): Promise<void> {
  if (protection.key === undefined && protection.plain === false) throw noConsent();
  const contents = SecretsSchema.parse({ version: 1, ...secrets });
  const { key } = protection;
  const written = key !== undefined && isSealing(protection) ? seal(JSON.stringify(contents), key) : contents;
  await writeFileAtomic(file, `${JSON.stringify(written, null, 2)}\n`, { mode: 0o600 });
}

async function readFileAsItIs(
  file: string,
  key: Uint8Array | undefined,
): Promise<{ readonly secrets: Secrets; readonly sealed: boolean } | undefined> {
  let text: string;
  try {
    await refuseShared(file);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof EngineError) throw error;
    throw unreadable(file, (error as NodeJS.ErrnoException).code ?? 'unknown error');
  }
  const value = parseJson(file, text);
  if (typeof value !== 'object' || value === null || !('sealed' in value))
    return { secrets: checkedSecrets(file, value), sealed: false };
  const sealed = SealedSchema.safeParse(value);
  if (!sealed.success) throw invalid(file, `these settings are wrong: ${wrongPaths(sealed.error)}`);
  if (key === undefined) throw cannotOpen(file, 'they are encrypted, and this program was not given the key');
  const opened = unseal(sealed.data, key);
  if (opened === undefined) throw cannotOpen(file, 'they were encrypted with another key, or were changed since');
  return { secrets: checkedSecrets(file, parseJson(file, opened)), sealed: true };
}

function parseJson(file: string, text: string): unknown {
  try {
    return parseJsonDocument(text).value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid(file, `line ${error.position.line} is not valid JSON`);
  }
}

function checkedSecrets(file: string, value: unknown): Secrets {
  const parsed = SecretsSchema.safeParse(value);
  if (!parsed.success) throw invalid(file, `these settings are wrong: ${wrongPaths(parsed.error)}`);
  const { orchestratorSecret, ownOrchestratorSecret, rigTokens } = parsed.data;
  return {
    ...(orchestratorSecret === undefined ? {} : { orchestratorSecret }),
    ...(ownOrchestratorSecret === undefined ? {} : { ownOrchestratorSecret }),
    ...(rigTokens === undefined ? {} : { rigTokens }),
  };
}

/**
 * The orchestrator secret to use: SIPHON_SECRET, else the file that SIPHON_SECRET_FILE names (container secrets; its
 * permissions are the owner's business), else `secrets.json`. Undefined when there is none.
 * @throws EngineError config-unreadable, config-invalid, secrets-sealed
 */
export async function findOrchestratorSecret(
  secretsFile: string,
  env: Readonly<Record<string, string | undefined>>,
  protection: SecretsProtection = {},
): Promise<string | undefined> {
  if (env.SIPHON_SECRET) return env.SIPHON_SECRET;
  const named = env.SIPHON_SECRET_FILE;
  if (named) return readSecretFile(named);
  return (await loadSecrets(secretsFile, protection)).orchestratorSecret;
}

/**
 * The secret of this machine's own orchestrator, from `secrets.json`; made and kept there when there is none yet.
 * @throws EngineError config-unreadable, config-invalid, secrets-sealed, secrets-no-consent, disk-full, data-dir-unwritable
 */
export async function ensureOwnOrchestratorSecret(secretsFile: string, protection: SecretsProtection = {}): Promise<string> {
  const secrets = await loadSecrets(secretsFile, protection);
  if (secrets.ownOrchestratorSecret !== undefined) return secrets.ownOrchestratorSecret;
  const ownOrchestratorSecret = randomBytes(24).toString('base64url');
  await saveSecrets(secretsFile, { ...secrets, ownOrchestratorSecret }, protection);
  return ownOrchestratorSecret;
}

/**
 * Reads a file that holds nothing but the secret; a line break at its end is not part of it.
 * @throws EngineError config-unreadable, config-invalid when it is empty
 */
async function readSecretFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error.code ?? 'unknown error');
  });
  const secret = text.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
  if (secret === '') throw invalid(file, 'it is empty');
  return secret;
}

async function refuseShared(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  throw new EngineError({
    code: 'config-unreadable',
    message: `${file} can be read by other users of this machine (permissions ${(mode & 0o777).toString(8)}), so it is not used`,
    nextStep: `Run: chmod 600 '${file}'. If others may have read it, ask the orchestrator's operator for a new secret.`,
  });
}

function cannotOpen(file: string, why: string): EngineError {
  return new EngineError({
    code: 'secrets-sealed',
    message: `The secrets in ${file} cannot be read: ${why}. Nothing was changed.`,
    nextStep: `The Siphon app keeps the key in this system's secure storage: start Siphon from the app, as the user who used it before. If the key is lost, delete ${file} and join the orchestrator again.`,
  });
}

function noConsent(): EngineError {
  return new EngineError({
    code: 'secrets-no-consent',
    message:
      'This system has no secure storage, so the secret would be kept in a plain file, and nobody has agreed to that yet. Nothing was changed.',
    nextStep: 'In the Siphon app, under Settings, Data and secrets, agree to a plain file; then do it again.',
  });
}

function unreadable(file: string, reason: string): EngineError {
  return new EngineError({
    code: 'config-unreadable',
    message: `the secret in ${file} could not be read (${reason})`,
    nextStep: `Check that ${file} exists and that this user may read it.`,
  });
}

function invalid(file: string, reason: string): EngineError {
  return new EngineError({
    code: 'config-invalid',
    message: `the secret in ${file} cannot be used: ${reason}`,
    nextStep: `Correct ${file}, or delete it and run: siphon join <service-uri>`,
  });
}

function wrongPaths(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.join('.') || 'the whole file'))
    .join(', ');
}
