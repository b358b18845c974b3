import type { DesktopState } from '../../../engine/api/desktop.ts';
import { isTime } from '../../model/schedule.ts';
import { useText } from '../../text/text.tsx';
import { SwitchControl } from './controls.tsx';
import { Found, type FoundField } from './Found.tsx';
import { rowIds, SettingRow } from './SettingRow.tsx';
import css from './settings.module.css';
import { useDesktopSave } from './useDesktopSave.ts';

const KINDS = ['problem', 'firstEarning', 'updateReady'] as const;

/** Quiet hours to begin with. */
const NIGHT = { from: '22:00', to: '08:00' };

/** What the app tells, and when it keeps quiet. */
export function NotificationFields({ desktop, search }: { desktop: DesktopState; search: string }) {
  const text = useText();
  const words = text.settings.notifications;
  const save = useDesktopSave();
  const { notifications } = desktop.settings;
  const { quietHours } = notifications;
  const onOff = (on: boolean) => (on ? text.settings.on : text.settings.off);
  const span = (hours: typeof quietHours) => (hours ? words.span(hours.from, hours.to) : words.none);
  const saveQuiet = (next: typeof quietHours) =>
    save({
      label: words.quietHours,
      patch: { notifications: { quietHours: next } },
      said: span(next),
      back: { notifications: { quietHours } },
      backSaid: span(quietHours),
    });
  const fields: FoundField[] = KINDS.map((kind) => ({
    id: kind,
    words: `${words[kind]} ${words[`${kind}Help`]}`,
    row: (
      <SettingRow id={`notify-${kind}`} label={words[kind]} help={words[`${kind}Help`]}>
        <SwitchControl
          id={`notify-${kind}`}
          value={notifications[kind]}
          onChange={(on) =>
            save({
              label: words[kind],
              patch: { notifications: { [kind]: on } },
              said: onOff(on),
              back: { notifications: { [kind]: notifications[kind] } },
              backSaid: onOff(notifications[kind]),
            })
          }
        />
      </SettingRow>
    ),
  }));
  fields.push({
    id: 'quiet-hours',
    words: `${words.quietHours} ${words.quietHoursHelp}`,
    row: (
      <SettingRow id="quiet-hours" label={words.quietHours} help={words.quietHoursHelp}>
        <div className={css.specialOr}>
          <SwitchControl id="quiet-hours" value={quietHours !== null} onChange={(on) => saveQuiet(on ? NIGHT : null)} />
          {quietHours ? (
            <fieldset className={css.times} aria-labelledby={rowIds('quiet-hours').label}>
              {(['from', 'to'] as const).map((end) => (
                <label key={end} className={css.time}>
                  <span>{words[end]}</span>
                  <input
                    type="time"
                    defaultValue={quietHours[end]}
                    key={quietHours[end]}
                    onBlur={(event) => {
                      const { value } = event.target;
                      if (isTime(value) && value !== quietHours[end]) saveQuiet({ ...quietHours, [end]: value });
                      else event.target.value = quietHours[end];
                    }}
                  />
                </label>
              ))}
            </fieldset>
          ) : null}
        </div>
      </SettingRow>
    ),
  });
  return <Found fields={fields} search={search} />;
}
