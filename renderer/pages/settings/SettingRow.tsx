import type { ReactNode } from 'react';
import css from './settings.module.css';

interface SettingRowProps {
  /** Of the control; label, explanation and error are found from it. */
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  /** Language of the explanation when it is not the page's. */
  readonly helpLang?: string;
  /** The control is wide and stands below. */
  readonly wide?: boolean;
  /** More about it, below: default, source, what waits. */
  readonly notes?: ReactNode;
  readonly error?: ReactNode;
  /** The control is not one input that a label can name: it takes the name by `aria-labelledby`. */
  readonly group?: boolean;
  readonly children: ReactNode;
}

/** Ids of the parts of a row, for the control's `aria-labelledby` and `aria-describedby`. */
export function rowIds(id: string) {
  return { label: `${id}-label`, help: `${id}-help`, error: `${id}-error`, describedBy: `${id}-help ${id}-error` };
}

/** One setting: what it is, the control, and what else there is to know. */
export function SettingRow({ id, label, help, helpLang, wide = false, notes, error, group = false, children }: SettingRowProps) {
  const ids = rowIds(id);
  return (
    <div className={`${css.row} ${wide ? css.wide : ''}`} data-setting={id}>
      <div className={css.words}>
        {group ? (
          <h3 id={ids.label} className={css.label}>
            {label}
          </h3>
        ) : (
          <label id={ids.label} className={css.label} htmlFor={id}>
            {label}
          </label>
        )}
        <p id={ids.help} className={css.help} lang={helpLang}>
          {help}
        </p>
      </div>
      <div className={css.control}>{children}</div>
      <div id={ids.error} className={css.error} role="alert">
        {error}
      </div>
      {notes ? <div className={css.notes}>{notes}</div> : null}
    </div>
  );
}
