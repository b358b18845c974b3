import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  DEFAULT_REMOTE_PORT,
  FLEET_LIMIT,
  FLEET_VIEW_MS,
  type FleetAdd,
  type FleetApi,
  type FleetRun,
  type FleetRunResult,
  type RigView,
} from '../api/fleet.ts';
import { normaliseCode, parseAddress, parsePairingText } from '../api/pairing-text.ts';
import { deadline } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { EngineError, toEngineError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { writeFileAtomic } from '../config/atomic-file.ts';
import { DEFAULT_API_PORT } from '../config/schema.ts';
import { type Dial, dialOf } from './dial.ts';
import { type Paired, pairWithRig } from './pair-with-rig.ts';
import { PAIRING_EXCHANGE_MS } from './pairing-messages.ts';
import { FleetFileSchema, type Rig } from './rig.ts';
import { RigLink } from './rig-link.ts';

/** How long a removed rig can be brought back, milliseconds. */
const UNDO_MS = 10 * 60_000;

/** Milliseconds to try all addresses of a rig and pair with it. */
const PAIR_MS = 30_000;

/** Keeps the tokens of the rigs, with the other secrets. */
export interface TokenKeeper {
  load(): Promise<Readonly<Record<string, string>>>;
  save(tokens: Readonly<Record<string, string>>): Promise<void>;
  /** Rejects with what would keep {@link save} from keeping anything now. */
  check(): Promise<void>;
}

/** What a {@link Fleet} needs. */
export interface FleetParameters {
  /** Where the list of rigs is kept. */
  readonly file: string;
  readonly tokens: TokenKeeper;
  /** What this machine calls itself to rigs. */
  readonly name: () => string;
  /** Hash of this machine's own TLS key; undefined while it has none. */
  readonly ownPin: () => string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** The view has changed; at most once a second. */
  readonly onChange: (view: readonly RigView[]) => void;
}

interface Member {
  rig: Rig;
  readonly token: string;
  readonly dial: Dial;
  readonly link: RigLink;
}

interface Removed {
  readonly rig: Rig;
  readonly token: string;
  readonly timer: NodeJS.Timeout;
}

/** The rigs that this machine watches: kept in a file, each with a connection of its own. */
export class Fleet implements FleetApi, AsyncDisposable {
  readonly #parameters: FleetParameters;
  readonly #members = new Map<string, Member>();
  readonly #removed = new Map<string, Removed>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #shownAtMs = 0;
  /** One change of the files after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parameters: FleetParameters) {
    this.#parameters = parameters;
  }

  /** Reads the list and connects to all. A list or tokens that cannot be read are told in the log; then there are no rigs. */
  async start(): Promise<void> {
    const { file, tokens, log } = this.#parameters;
    try {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) return;
      const { rigs } = FleetFileSchema.parse(JSON.parse(text));
      const known = rigs.length > 0 ? await tokens.load() : {};
      if (this.#abort.signal.aborted) return;
      for (const rig of rigs) {
        const token = known[rig.id];
        if (token !== undefined) this.#connect(rig, token);
        else log.warn({ rig: rig.name }, 'the token of this rig is gone; pair it again');
      }
      this.#changed();
    } catch (error) {
      log.error({ err: error, file }, 'the list of rigs cannot be read');
    }
  }

  get view(): readonly RigView[] {
    return [...this.#members.values()].map(({ rig, link }) => ({
      id: rig.id,
      name: rig.name,
      kind: rig.kind,
      rights: rig.kind === 'paired' ? rig.rights : 'full',
      ...link.view,
    }));
  }

  /** How a rig is reached, for passing a page's connection on; undefined when there is no such rig. */
  reach(id: string): { readonly dial: Dial; readonly address: string } | undefined {
    const member = this.#members.get(id);
    return member ? { dial: member.dial, address: member.link.view.address } : undefined;
  }

  async add(input: FleetAdd): Promise<{ readonly id: string; readonly name: string }> {
    // Before a code is used up.
    this.#refuseTooMany();
    await this.#parameters.tokens.check();
    const id = randomBytes(6).toString('hex');
    if (input.kind === 'tunnel') return await this.#addTunnel(id, input);
    const wanted = input.kind === 'link' ? parsePairingText(input.text)?.pin : undefined;
    if (wanted !== undefined && wanted === this.#parameters.ownPin()) throw ownMachine();
    const paired = await this.#pair(input);
    if (paired.pin === this.#parameters.ownPin()) throw ownMachine();
    // A rig that was paired before keeps its place; only its token is new.
    const before = [...this.#members.values()].find(({ rig }) => rig.kind === 'paired' && rig.pin === paired.pin)?.rig;
    const { address, pin, token, rights } = paired;
    const others = input.kind === 'link' ? (parsePairingText(input.text)?.addresses ?? []) : [];
    const rig: Rig = {
      id: before?.id ?? id,
      name: input.name ?? before?.name ?? this.#freeName(paired.name),
      kind: 'paired',
      addresses: [...new Set([address, ...others])].slice(0, 8),
      pin,
      rights,
    };
    await this.#keep(rig, token);
    return { id: rig.id, name: rig.name };
  }

  async rename({ id, name }: { readonly id: string; readonly name: string }): Promise<void> {
    const member = this.#member(id);
    member.rig = { ...member.rig, name };
    this.#changed(true);
    await this.#write();
  }

  async remove({ id }: { readonly id: string }): Promise<void> {
    const { rig, token, link } = this.#member(id);
    link[Symbol.dispose]();
    this.#members.delete(id);
    // The token is kept in memory alone; an engine that ends has forgotten it.
    const timer = setTimeout(() => this.#removed.delete(id), UNDO_MS).unref();
    this.#removed.set(id, { rig, token, timer });
    this.#changed(true);
    await this.#write();
  }

  async restore({ id }: { readonly id: string }): Promise<void> {
    const removed = this.#removed.get(id);
    if (!removed) {
      throw new EngineError({
        code: 'not-found',
        message: 'That rig was removed too long ago to be brought back',
        nextStep: 'Pair it again: on the rig, run siphon remote pair.',
      });
    }
    this.#refuseTooMany();
    clearTimeout(removed.timer);
    this.#removed.delete(id);
    await this.#keep(removed.rig, removed.token);
  }

  pause({ ids, forMs }: FleetRun): Promise<FleetRunResult> {
    return this.#each(ids, (link) =>
      link.command((api, signal) => api.pause.mutate(forMs === undefined ? {} : { forMs }, { signal })),
    );
  }

  resume({ ids }: FleetRun): Promise<FleetRunResult> {
    return this.#each(ids, (link) => link.command((api, signal) => api.resume.mutate(undefined, { signal })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new EngineError({ code: 'aborted', message: 'Siphon ends' }));
    clearTimeout(this.#timer);
    for (const { timer } of this.#removed.values()) clearTimeout(timer);
    for (const { link } of this.#members.values()) link[Symbol.dispose]();
    await this.#writing.catch(() => {});
  }

  async #pair(input: Exclude<FleetAdd, { kind: 'tunnel' }>): Promise<Paired> {
    using limit = deadline(PAIR_MS + PAIRING_EXCHANGE_MS, 'Pairing', this.#abort.signal);
    const common = { name: this.#parameters.name(), signal: limit.signal };
    if (input.kind === 'link') {
      const said = parsePairingText(input.text);
      if (!said) {
        throw new EngineError({
          code: 'bad-request',
          message: 'This is no pairing text',
          nextStep: 'Copy all of it, from siphon://pair? on. On the rig: siphon remote pair',
        });
      }
      return await pairWithRig({ ...common, kind: 'link', addresses: said.addresses, pin: said.pin, code: said.code });
    }
    const address = parseAddress(input.address, DEFAULT_REMOTE_PORT);
    const code = normaliseCode(input.code);
    if (address === undefined || !/^[0-9A-Z]{8}$/.test(code)) {
      throw new EngineError({
        code: 'bad-request',
        message: address === undefined ? 'This is no address' : 'A pairing code has eight letters and digits',
        nextStep: 'Both are shown on the rig by: siphon remote pair',
      });
    }
    return await pairWithRig({ ...common, kind: 'code', addresses: [address], pin: undefined, code });
  }

  async #addTunnel(id: string, input: Extract<FleetAdd, { kind: 'tunnel' }>): Promise<{ id: string; name: string }> {
    const address = parseAddress(input.address);
    const host = address?.replace(/:\d+$/, '');
    // The token opens everything and this way is not encrypted: it must not leave the machine but through the tunnel.
    if (address === undefined || !['127.0.0.1', 'localhost', '[::1]'].includes(host ?? '')) {
      throw new EngineError({
        code: 'bad-request',
        message: 'The end of an SSH tunnel is on this machine: an address like http://127.0.0.1:27935',
        nextStep: 'To reach a machine without a tunnel, pair with it.',
      });
    }
    const rig: Rig = {
      id,
      name: input.name ?? this.#freeName(`Tunnel ${address.replace(/^.*:/, '')}`),
      kind: 'tunnel',
      address,
      enginePort: input.enginePort ?? DEFAULT_API_PORT,
    };
    await this.#keep(rig, input.token);
    return { id, name: rig.name };
  }

  async #keep(rig: Rig, token: string): Promise<void> {
    if (!this.#members.has(rig.id)) this.#refuseTooMany();
    this.#members.get(rig.id)?.link[Symbol.dispose]();
    this.#connect(rig, token);
    this.#changed(true);
    await this.#write();
  }

  /** A file with more would not be read again. */
  #refuseTooMany(): void {
    if (this.#members.size < FLEET_LIMIT) return;
    throw new EngineError({
      code: 'bad-request',
      message: `A fleet has at most ${FLEET_LIMIT} rigs`,
      nextStep: 'Remove one that is not needed.',
    });
  }

  #connect(rig: Rig, token: string): void {
    // Nobody would end a connection that begins after the end.
    this.#abort.signal.throwIfAborted();
    const dial = dialOf(rig, token);
    const link = new RigLink({ dial, clock: this.#parameters.clock, onChange: () => this.#changed() });
    this.#members.set(rig.id, { rig, token, dial, link });
  }

  #member(id: string): Member {
    const member = this.#members.get(id);
    if (member) return member;
    throw new EngineError({
      code: 'not-found',
      message: `The fleet has no rig "${id}"`,
      nextStep: 'List them with: siphon fleet list',
    });
  }

  async #each(ids: readonly string[], run: (link: RigLink) => Promise<void>): Promise<FleetRunResult> {
    const results = await Promise.all(
      ids.map(async (id) => {
        try {
          await run(this.#member(id).link);
          return [];
        } catch (error) {
          return [{ id, error: toEngineError(error).toInfo() }];
        }
      }),
    );
    return { failed: results.flat() };
  }

  #freeName(wanted: string): string {
    const taken = new Set([...this.#members.values()].map(({ rig }) => rig.name));
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? wanted : `${wanted.slice(0, 55)} ${number}`;
      if (!taken.has(name)) return name;
    }
  }

  #write(): Promise<void> {
    const { file, tokens } = this.#parameters;
    const run = this.#writing.then(async () => {
      const members = [...this.#members.values()];
      await tokens.save(Object.fromEntries(members.map(({ rig, token }) => [rig.id, token])));
      const contents = { version: 1, rigs: members.map(({ rig }) => rig) };
      await writeFileAtomic(file, `${JSON.stringify(contents, null, 2)}\n`, { mode: 0o600 });
    });
    this.#writing = run.catch(() => {});
    return run;
  }

  /** Shows the view now, or, when the last one was shown within the second, at its end; what a person asked for is shown at once. */
  #changed(atOnce = false): void {
    if (this.#abort.signal.aborted) return;
    if (atOnce) clearTimeout(this.#timer);
    else if (this.#timer !== undefined) return;
    const show = (): void => {
      this.#timer = undefined;
      this.#shownAtMs = this.#parameters.clock.monotonicMs();
      this.#parameters.onChange(this.view);
    };
    const wait = this.#shownAtMs + FLEET_VIEW_MS - this.#parameters.clock.monotonicMs();
    if (atOnce || wait <= 0) show();
    else this.#timer = setTimeout(show, wait).unref();
  }
}

function ownMachine(): EngineError {
  return new EngineError({
    code: 'bad-request',
    message: 'This is the pairing text of this very machine',
    nextStep: 'Use it on the other machine, the one that is to watch this one.',
  });
}
