import { useSnapshot } from '../../app/engine-context.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { median } from '../../model/hops.ts';
import { liveSessions } from '../../model/status.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './TodayPanel.module.css';

interface Reading {
  readonly value: string;
  readonly unit: string;
  readonly note?: string;
  readonly yesterday?: string;
  readonly bad?: boolean;
}

/** Today's work, each sum beside yesterday's where the history has it. */
export function TodayPanel() {
  const text = useText().home.today;
  const formats = useFormats();
  const today = useSnapshot((snapshot) => snapshot.today);
  const yesterday = useSnapshot((snapshot) => snapshot.yesterday);
  const factor = useSnapshot((snapshot) => median(liveSessions(snapshot).flatMap((session) => session.realtimeFactor ?? [])));
  if (today.segments === 0 && yesterday.segments === 0)
    return (
      <Panel title={text.title}>
        <EmptyState plain title={text.empty} text={text.emptyText} />
      </Panel>
    );
  const before = (value: string) => (yesterday.segments > 0 ? { yesterday: text.yesterday(value) } : {});
  const readings: readonly Reading[] = [
    {
      value: formats.integer(today.segments),
      unit: text.segments,
      note: today.failed > 0 ? text.failed(today.failed, formats) : text.noneFailed,
      bad: today.failed > 0,
      ...before(formats.integer(yesterday.segments)),
    },
    {
      value: formats.minutes(today.mediaMs),
      unit: text.video,
      note: text.traffic(formats.bytes(today.bytesIn), formats.bytes(today.bytesOut)),
      ...before(formats.minutes(yesterday.mediaMs)),
    },
    { value: formats.pixels(today.encodedPixels), unit: text.pixels, ...before(formats.pixels(yesterday.encodedPixels)) },
    { value: formats.factor(factor), unit: text.factor },
  ];
  return (
    <Panel title={text.title}>
      <ul className={css.list}>
        {readings.map(({ value, unit, note, yesterday: compared, bad }) => (
          <li key={unit} className={css.item}>
            <strong className={`number ${css.value}`}>{value}</strong> <span>{unit}</span>
            {note ? (
              <span className={`number ${css.note}`} data-bad={bad}>
                {note}
              </span>
            ) : null}
            {compared ? <span className={`number ${css.note}`}>{compared}</span> : null}
          </li>
        ))}
      </ul>
      {yesterday.segments === 0 ? <p className={css.note}>{text.noYesterday}</p> : null}
    </Panel>
  );
}
