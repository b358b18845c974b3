import { useDeferredValue, useId, useMemo, useState } from 'react';
import { type Command, useCommands } from '../../app/palette/commands.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Icon } from '../../components/icons.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { showToast } from '../../components/toast-store.ts';
import { filterLogs, LOG_LEVELS, LOG_STEP, type LogLevel, logsAsText } from '../../model/log-filter.ts';
import { momentInName, saveFile } from '../../model/save-file.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { LogLines } from './LogLines.tsx';
import css from './LogsPage.module.css';
import { useLogs } from './useLogs.ts';

/** The engine's log: search, level, follow, copy, download. */
export function LogsPage() {
  const text = useText();
  const formats = useFormats();
  const searchId = useId();
  const [level, setLevel] = useState<LogLevel>('all');
  const [search, setSearch] = useState('');
  const [follow, setFollow] = useState(true);
  const [drawn, setDrawn] = useState(LOG_STEP);
  const { lines, known, error } = useLogs(follow);
  // Typing stays quick while ten thousand lines are looked through.
  const wanted = useDeferredValue(search);
  const found = useMemo(() => filterLogs(lines, level, wanted), [lines, level, wanted]);
  const shown = useMemo(() => found.slice(-drawn), [found, drawn]);

  const commands = useMemo((): readonly Command[] => {
    const words = text.logs;
    const copy = () =>
      void (navigator.clipboard?.writeText(logsAsText(found)) ?? Promise.reject(new Error())).then(
        () => showToast({ text: words.copiedLines(formats.integer(found.length)), tone: 'done', key: 'logs' }),
        () => showToast({ text: text.shell.palette.copyFailed, tone: 'problem', key: 'logs' }),
      );
    const download = () =>
      void saveFile(`siphon-log-${momentInName(Date.now())}.txt`, `${logsAsText(found)}\n`, window.siphon).then(
        (saved) => (saved ? showToast({ text: words.downloaded, tone: 'done', key: 'logs' }) : undefined),
        (problem: unknown) =>
          showToast({ text: problem instanceof Error ? problem.message : String(problem), tone: 'problem', key: 'logs' }),
      );
    return [
      { id: 'logs-copy', group: 'here', title: words.copyLines, icon: 'copy', run: copy },
      { id: 'logs-download', group: 'here', title: words.downloadLines, icon: 'download', run: download },
    ];
  }, [found, text, formats]);
  useCommands('logs', commands);
  const run = (id: string) => commands.find((command) => command.id === id)?.run();

  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.logs.title}</h1>
        <p className={`number ${page.soft}`}>
          {known ? text.logs.lines(formats.integer(found.length), formats.integer(lines.length)) : text.loading}
        </p>
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
            onKeyDown={(event) => {
              if (event.key === 'Escape') setSearch('');
            }}
          />
        </label>
        <Segmented
          label={text.logs.level}
          value={level}
          onChange={setLevel}
          options={LOG_LEVELS.map((id) => ({ id, text: text.logs.levels[id] }))}
        />
        <label className={css.follow}>
          <input
            type="checkbox"
            checked={follow}
            onChange={(event) => {
              setFollow(event.target.checked);
              // Back at the newest lines, only those are needed.
              if (event.target.checked) setDrawn(LOG_STEP);
            }}
          />
          {text.logs.follow}
        </label>
        <Button onPress={() => run('logs-copy')} isDisabled={found.length === 0}>
          <Icon name="copy" size={18} />
          {text.logs.copy}
        </Button>
        <Button onPress={() => run('logs-download')} isDisabled={found.length === 0}>
          <Icon name="download" size={18} />
          {text.logs.download}
        </Button>
      </div>
      {error ? (
        <p role="alert" className={page.error}>
          {text.logs.failed} <span lang="en">{error.message}</span>
        </p>
      ) : null}
      {known && found.length === 0 ? (
        <EmptyState title={text.logs.empty} />
      ) : (
        <LogLines
          lines={shown}
          hidden={found.length - shown.length}
          onOlder={() => {
            setFollow(false);
            setDrawn((now) => now + LOG_STEP);
          }}
          follow={follow}
          onAway={() => setFollow(false)}
        />
      )}
    </div>
  );
}
