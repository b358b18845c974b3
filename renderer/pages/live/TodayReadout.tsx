import { useSnapshot } from '../../app/engine-context.tsx';
import { median } from '../../model/hops.ts';
import { liveSessions } from '../../model/status.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './TodayReadout.module.css';

/** Today's work as one line of an instrument. */
export function TodayReadout() {
  const text = useText();
  const formats = useFormats();
  const today = useSnapshot((snapshot) => snapshot.today);
  const factor = useSnapshot((snapshot) => median(liveSessions(snapshot).flatMap((session) => session.realtimeFactor ?? [])));
  const readings = [
    {
      value: formats.integer(today.segments),
      unit: text.today.segments,
      note: today.failed > 0 ? text.today.failed(today.failed, formats) : text.today.noneFailed,
      bad: today.failed > 0,
    },
    {
      value: formats.minutes(today.mediaMs),
      unit: text.today.video,
      note: `${formats.bytes(today.bytesIn)} ${text.today.in}, ${formats.bytes(today.bytesOut)} ${text.today.out}`,
    },
    { value: formats.pixels(today.encodedPixels), unit: text.today.pixels },
    { value: formats.factor(factor), unit: text.today.factor },
  ];
  return (
    <div className={css.readout}>
      <h3 className={css.title}>{text.today.title}</h3>
      <ul className={css.list}>
        {readings.map(({ value, unit, note, bad }) => (
          <li key={unit} className={css.item}>
            <strong className={`number ${css.value}`}>{value}</strong> <span>{unit}</span>
            {note ? (
              <span className={`number ${css.note}`} data-bad={bad}>
                {note}
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
