import { useEffect, useState } from 'react';
import type { SettingValue } from '../../../engine/api/settings.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import {
  MOST_WINDOWS,
  openHours,
  type ScheduleWindow,
  scheduleOf,
  WEEK_DAYS,
  windowFault,
  withDay,
} from '../../model/schedule.ts';
import { sameValue } from '../../model/settings.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { rowIds } from './SettingRow.tsx';
import css from './schedule.module.css';
import settings from './settings.module.css';

/** A window to begin with: nights, when power is cheap and the machine free. */
const NIGHTS: ScheduleWindow = { days: WEEK_DAYS, from: '22:00', to: '06:00' };

interface ScheduleEditorProps {
  readonly id: string;
  readonly value: SettingValue;
  readonly isDisabled: boolean;
  readonly onSave: (value: readonly ScheduleWindow[] | null) => void;
}

/** The windows of the week in which Siphon works. Saved as a whole, since half a window must not pause anything. */
export function ScheduleEditor({ id, value, isDisabled, onSave }: ScheduleEditorProps) {
  const text = useText();
  const words = text.settings.schedule;
  const formats = useFormats();
  const saved = scheduleOf(value);
  const [windows, setWindows] = useState(saved);
  const [told, setTold] = useState(false);
  const key = JSON.stringify(saved);
  useEffect(() => {
    setWindows(JSON.parse(key) as readonly ScheduleWindow[] | null);
    setTold(false);
  }, [key]);
  const changed = !sameValue(windows, saved);
  const change = (index: number, part: Partial<ScheduleWindow>) =>
    setWindows((now) => now?.map((window, at) => (at === index ? { ...window, ...part } : window)) ?? null);
  const save = () => {
    setTold(true);
    if (windows?.every((window) => windowFault(window) === undefined)) onSave(windows);
  };
  return (
    <fieldset className={css.editor} aria-labelledby={rowIds(id).label} aria-describedby={rowIds(id).describedBy}>
      <label className={settings.check}>
        <input
          type="checkbox"
          id={id}
          checked={windows !== null}
          disabled={isDisabled}
          onChange={(event) => {
            setWindows(event.target.checked ? (saved ?? [NIGHTS]) : null);
            if (!event.target.checked && saved !== null) onSave(null);
          }}
        />
        {words.use}
      </label>
      <p className={settings.help}>{windows === null ? words.always : words.byWindows}</p>
      {windows === null ? null : (
        <>
          <Week windows={windows} />
          <ol className={css.windows}>
            {windows.map((window, index) => {
              const number = formats.integer(index + 1);
              const fault = windowFault(window);
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other identity
                <li key={index}>
                  <fieldset className={css.window} disabled={isDisabled}>
                    <legend className="visually-hidden">{words.window(number)}</legend>
                    <div className={css.days}>
                      {WEEK_DAYS.map((day) => (
                        <label key={day} className={css.day}>
                          <input
                            type="checkbox"
                            aria-label={words.dayNames[day]}
                            checked={window.days.includes(day)}
                            onChange={(event) => change(index, { days: withDay(window.days, day, event.target.checked) })}
                          />
                          <span aria-hidden="true">{words.days[day]}</span>
                        </label>
                      ))}
                    </div>
                    <TimeInput label={words.from} value={window.from} onChange={(from) => change(index, { from })} />
                    <TimeInput label={words.to} value={window.to} onChange={(to) => change(index, { to })} />
                    <span className={css.note}>
                      {window.from === window.to ? words.wholeDay : window.to < window.from ? words.nextDay : ''}
                    </span>
                    <Button
                      kind="quiet"
                      iconOnly
                      isDisabled={isDisabled || windows.length === 1}
                      aria-label={words.remove(number)}
                      onPress={() => setWindows(windows.filter((_, at) => at !== index))}
                    >
                      <Icon name="close" size={16} />
                    </Button>
                  </fieldset>
                  {told && fault ? (
                    <p className={settings.error} role="alert">
                      {words.fault[fault]}
                    </p>
                  ) : null}
                </li>
              );
            })}
          </ol>
          <div className={css.tools}>
            <Button
              isDisabled={isDisabled || windows.length >= MOST_WINDOWS}
              onPress={() => setWindows([...windows, { days: ['sat', 'sun'], from: '09:00', to: '18:00' }])}
            >
              {words.add}
            </Button>
            {changed ? (
              <>
                <Button kind="primary" isDisabled={isDisabled} onPress={save}>
                  {words.save}
                </Button>
                <Button kind="quiet" onPress={() => setWindows(saved)}>
                  {words.discard}
                </Button>
              </>
            ) : null}
          </div>
        </>
      )}
    </fieldset>
  );
}

function TimeInput({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className={css.time}>
      <span>{label}</span>
      <input type="time" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

/** The week as a picture; the windows below it say the same in words. */
function Week({ windows }: { windows: readonly ScheduleWindow[] }) {
  const text = useText();
  const hours = openHours(windows);
  return (
    <svg className={css.week} viewBox="0 0 268 84" role="img" aria-label={text.settings.schedule.picture}>
      {WEEK_DAYS.map((day, row) => (
        <text key={day} x="0" y={row * 12 + 8.5} fontSize="8">
          {text.settings.schedule.days[day]}
        </text>
      ))}
      {hours.flatMap((day, row) =>
        day.map((open, hour) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: hours are their index
            key={`${row}-${hour}`}
            className={open ? css.open : css.closed}
            x={28 + hour * 10}
            y={row * 12}
            width="9"
            height="10"
            rx="2"
          />
        )),
      )}
    </svg>
  );
}
