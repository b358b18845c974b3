import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { LogLine } from '../../../engine/api/commands.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Icon } from '../../components/icons.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { fieldsOf, filterLogs, LOG_LEVELS, type LogLevel, logsAsText } from '../../model/log-filter.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './LogsPage.module.css';

/** How often a followed log is read again, milliseconds. */
const EVERY_MS = 2_000;

function useLogs(follow: boolean) {
  const { client } = useEngine();
  const online = useOnline();
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<string | null>(null);
  const read = useCallback(() => {
    client.logs().then(
      (next) => {
        setLines(next);
        setError(null);
      },
      (problem: unknown) => setError(errorInfoOf(problem).message),
    );
  }, [client]);
  useEffect(() => {
    if (online) read();
    if (!online || !follow) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') read();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [online, follow, read]);
  return { lines, error };
}

/** The engine's log: search, level, follow, copy. */
export function LogsPage() {
  const text = useText();
  const formats = useFormats();
  const searchId = useId();
  const [level, setLevel] = useState<LogLevel>('all');
  const [search, setSearch] = useState('');
  const [follow, setFollow] = useState(true);
  const [copied, setCopied] = useState(false);
  const { lines, error } = useLogs(follow);
  const shown = useMemo(() => filterLogs(lines, level, search), [lines, level, search]);
  const list = useRef<HTMLOListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what is scrolled to
  useEffect(() => {
    if (follow) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [shown, follow]);
  const copy = () => {
    navigator.clipboard.writeText(logsAsText(shown)).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 2_000);
      },
      () => undefined,
    );
  };
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.logs.title}</h1>
        <p className={`number ${page.soft}`}>{text.logs.lines(formats.integer(shown.length), formats.integer(lines.length))}</p>
      </div>
      <div className={page.tools}>
        <label className={css.search} htmlFor={searchId}>
          <span className="visually-hidden">{text.logs.search}</span>
          <input
            id={searchId}
            type="search"
            placeholder={text.logs.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <Segmented
          label={text.logs.level}
          value={level}
          onChange={setLevel}
          options={LOG_LEVELS.map((id) => ({ id, text: text.logs.levels[id] }))}
        />
        <label className={css.follow}>
          <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
          {text.logs.follow}
        </label>
        <Button onPress={copy} isDisabled={shown.length === 0}>
          <Icon name={copied ? 'check' : 'copy'} size={18} />
          {copied ? text.logs.copied : text.logs.copy}
        </Button>
      </div>
      {error ? (
        <p role="alert" className={page.error}>
          {text.logs.failed} {error}
        </p>
      ) : null}
      {shown.length === 0 ? (
        <EmptyState title={text.logs.empty} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <ol ref={list} className={css.lines} tabIndex={0} aria-label={text.logs.title}>
          {shown.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
            <li key={`${line.atMs}/${index}`} data-level={line.level}>
              <time className="number">{formats.clockSeconds(line.atMs)}</time>
              <span className={css.level}>{line.level}</span>
              <span className={css.text}>
                {line.text} <span className={css.fields}>{fieldsOf(line)}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
