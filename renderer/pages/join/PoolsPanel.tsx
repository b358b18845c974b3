import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { PoolListing, Pools } from '../../../engine/api/invite.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { type Latencies, sortPools } from '../../model/join.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './join.module.css';

/** Largest directory file that is read, bytes. */
const MAX_FILE_BYTES = 500_000;

/** The directory of pools: imported from a file or a text, sorted, with how far away each one is. */
export function PoolsPanel({ onOpen }: { onOpen: (join: string) => void }) {
  const words = useText().join;
  const formats = useFormats();
  const online = useOnline();
  const { client } = useEngine();
  const [pools, setPools] = useState<Pools | null>(null);
  const [pasting, setPasting] = useState(false);
  const [sort, setSort] = useState<'name' | 'latency'>('name');
  const [latencies, setLatencies] = useState<Latencies>(new Map());
  const file = useRef<HTMLInputElement>(null);
  const load = useCommand(async () => setPools(await client.invites.pools()));
  const take = useCommand(async (text: string) => {
    setPools(await client.invites.importPools(text));
    setPasting(false);
  });
  const forget = useCommand(async () => setPools(await client.invites.forgetPools()));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, and again when the engine is back
  useEffect(() => {
    if (online) load.run();
  }, [online]);
  const all = [...(pools?.bundled ?? []), ...(pools?.imported?.pools ?? [])];
  const measure = useCommand(async () => {
    setSort('latency');
    for (const { entry, target } of all) {
      if (!target) continue;
      setLatencies((known) => new Map(known).set(entry.join, 'measuring'));
      const latency = await client.invites.poolLatency(entry.join);
      setLatencies((known) => new Map(known).set(entry.join, latency));
    }
  });
  const error = load.error ?? take.error ?? forget.error ?? measure.error;
  return (
    <Panel
      title={words.pools}
      tools={
        <span className={page.tools}>
          <Button isDisabled={!online || take.busy} onPress={() => file.current?.click()}>
            {words.poolsImport}
          </Button>
          <Button kind="quiet" isDisabled={!online || pasting} onPress={() => setPasting(true)}>
            {words.poolsPaste}
          </Button>
        </span>
      }
    >
      <input
        ref={file}
        className={css.file}
        type="file"
        accept=".json,application/json"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          event.target.value = '';
          if (chosen) void chosen.slice(0, MAX_FILE_BYTES).text().then(take.run);
        }}
      />
      <div className={css.stack}>
        <p className={page.soft}>{words.poolsText}</p>
        {pasting ? <PasteForm busy={take.busy} onTake={take.run} onClose={() => setPasting(false)} /> : null}
        {error ? (
          <p className={page.error} role="alert" lang="en">
            <ErrorWords error={error} />
          </p>
        ) : null}
        {pools && all.length === 0 ? <EmptyState plain title={words.poolsNone} text={words.poolsNoneText} /> : null}
        {all.length > 0 ? (
          <>
            <div className={page.tools}>
              <Segmented
                label={words.sort.label}
                value={sort}
                options={[
                  { id: 'name', text: words.sort.name },
                  { id: 'latency', text: words.sort.latency },
                ]}
                onChange={setSort}
              />
              <Button isDisabled={!online || measure.busy} onPress={() => measure.run()}>
                {measure.busy ? words.latencyMeasuring : words.latency}
              </Button>
            </div>
            <ul className={css.pools}>
              {sortPools(all, sort, latencies).map((listing) => (
                <PoolItem
                  key={`${listing.entry.name} ${listing.entry.join}`}
                  listing={listing}
                  latencies={latencies}
                  onOpen={() => onOpen(listing.entry.join)}
                />
              ))}
            </ul>
          </>
        ) : null}
        {pools?.imported ? (
          <div className={page.tools}>
            <span className={page.soft}>{words.poolsOf(pools.imported.name, pools.imported.pools.length, formats)}</span>
            <Button kind="quiet" isDisabled={!online || forget.busy} onPress={() => forget.run()}>
              {words.poolsForget}
            </Button>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

function PasteForm({ busy, onTake, onClose }: { busy: boolean; onTake: (text: string) => void; onClose: () => void }) {
  const id = useId();
  const words = useText().join;
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') onTake(text);
  };
  return (
    <form className={`${css.stack} ${css.field}`} onSubmit={submit}>
      <label htmlFor={id}>{words.poolsPasteLabel}</label>
      <textarea
        id={id}
        className={css.mono}
        value={text}
        spellCheck={false}
        autoComplete="off"
        placeholder={'{ "version": 1, "name": "…", "pools": [ … ] }'}
        onChange={(event) => setText(event.target.value)}
      />
      <div className={page.tools}>
        <Button kind="primary" type="submit" isDisabled={busy || text.trim() === ''}>
          {words.poolsPasteDo}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}

interface PoolItemProps {
  readonly listing: PoolListing;
  readonly latencies: Latencies;
  readonly onOpen: () => void;
}

function PoolItem({ listing, latencies, onOpen }: PoolItemProps) {
  const words = useText().join;
  const formats = useFormats();
  const { entry, target, error } = listing;
  const latency = latencies.get(entry.join);
  const where = [
    entry.region,
    latency === undefined
      ? undefined
      : latency === 'measuring'
        ? words.latencyMeasuring
        : latency.ok
          ? formats.ms(latency.medianMs)
          : words.latencyNone,
  ].filter((part) => part !== undefined);
  return (
    <li>
      <span className={css.poolName}>
        <strong>{entry.name}</strong>
        {where.length > 0 ? <span className={`number ${page.soft}`}>{where.join(', ')}</span> : null}
      </span>
      {target ? (
        <Button aria-label={words.openPoolLabel(entry.name)} onPress={onOpen}>
          {words.openPool}
        </Button>
      ) : null}
      {entry.terms ? <p className={`${page.soft} ${css.poolText}`}>{entry.terms}</p> : null}
      {entry.website ? <p className={`${page.soft} ${css.poolText} ${css.mono}`}>{entry.website}</p> : null}
      {error ? (
        <p className={`${page.error} ${css.poolText}`}>
          <ErrorWords error={error} />
        </p>
      ) : null}
    </li>
  );
}
