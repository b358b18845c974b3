import { memo, useEffect, useRef } from 'react';
import type { LogLine } from '../../../engine/api/commands.ts';
import { Button } from '../../components/Button.tsx';
import { fieldsOf } from '../../model/log-filter.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './LogsPage.module.css';

interface LogLinesProps {
  readonly lines: readonly LogLine[];
  /** Older lines that are not drawn. */
  readonly hidden: number;
  readonly onOlder: () => void;
  /** Stays at the newest line. */
  readonly follow: boolean;
  /** Scrolled away from the newest line. */
  readonly onAway: () => void;
}

/** How far from the end still counts as at the end, CSS pixels. */
const AT_END = 48;

/** Lines of the log; what scrolls up stops following. */
export function LogLines({ lines, hidden, onOlder, follow, onAway }: LogLinesProps) {
  const text = useText();
  const formats = useFormats();
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what is scrolled to
  useEffect(() => {
    if (follow) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines, follow]);
  const lastTop = useRef(0);
  return (
    <section
      ref={box}
      className={css.lines}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={text.logs.title}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        const up = scrollTop < lastTop.current;
        lastTop.current = scrollTop;
        if (follow && up && scrollHeight - scrollTop - clientHeight > AT_END) onAway();
      }}
    >
      {hidden > 0 ? (
        <div className={css.older}>
          <Button onPress={onOlder}>{text.logs.older(formats.integer(hidden))}</Button>
        </div>
      ) : null}
      <ol lang="en">
        {lines.map((line) => (
          <Line key={line.seq} line={line} time={formats.clockSeconds(line.atMs)} />
        ))}
      </ol>
    </section>
  );
}

const Line = memo(function Line({ line, time }: { line: LogLine; time: string }) {
  return (
    <li data-level={line.level}>
      <time className="number">{time}</time>
      <span className={css.level}>{line.level}</span>
      <span className={css.text}>
        {line.text} <span className={css.fields}>{fieldsOf(line)}</span>
      </span>
    </li>
  );
});
