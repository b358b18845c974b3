import { useEffect, useRef, useState } from 'react';
import { Switch as AriaSwitch } from 'react-aria-components/Switch';
import { rowIds } from './SettingRow.tsx';
import css from './settings.module.css';

interface ControlProps<T> {
  readonly id: string;
  readonly value: T;
  readonly isDisabled?: boolean;
  readonly onChange: (value: T) => void;
}

/** On or off. Its row gives it name and explanation. */
export function SwitchControl({ id, value, isDisabled = false, onChange }: ControlProps<boolean>) {
  const ids = rowIds(id);
  return (
    <AriaSwitch
      id={id}
      className={css.switch ?? ''}
      isSelected={value}
      isDisabled={isDisabled}
      onChange={onChange}
      aria-labelledby={ids.label}
      aria-describedby={ids.describedBy}
    >
      <span className={css.track} />
    </AriaSwitch>
  );
}

/** One of a few, by name. */
export function ChoiceControl<T extends string>({
  id,
  value,
  options,
  isDisabled = false,
  onChange,
}: ControlProps<T> & { readonly options: ReadonlyArray<{ readonly id: T; readonly text: string }> }) {
  return (
    <select
      id={id}
      className={css.select}
      value={value}
      disabled={isDisabled}
      aria-describedby={rowIds(id).describedBy}
      onChange={(event) => {
        const chosen = options.find((option) => option.id === event.target.value);
        if (chosen) onChange(chosen.id);
      }}
    >
      {options.map((option) => (
        <option key={option.id} value={option.id}>
          {option.text}
        </option>
      ))}
    </select>
  );
}

interface TextControlProps {
  readonly id: string;
  readonly value: string;
  readonly kind: 'number' | 'text';
  readonly unit?: string | undefined;
  readonly isDisabled?: boolean;
  readonly invalid: boolean;
  /** Each change while typing. */
  readonly onType: (typed: string) => void;
  /** Left, or Enter pressed, with another text than before. */
  readonly onCommit: (typed: string) => void;
}

/** A line of text or a number that saves itself when it is left or Enter is pressed; Escape brings the old text back. */
export function TextControl({ id, value, kind, unit, isDisabled = false, invalid, onType, onCommit }: TextControlProps) {
  const [typed, setTyped] = useState(value);
  const committed = useRef(value);
  useEffect(() => {
    committed.current = value;
    setTyped(value);
  }, [value]);
  const commit = () => {
    if (typed === committed.current) return;
    committed.current = typed;
    onCommit(typed);
  };
  const type = (text: string) => {
    setTyped(text);
    onType(text);
  };
  return (
    <span className={kind === 'number' ? css.number : css.text}>
      <input
        id={id}
        value={typed}
        disabled={isDisabled}
        inputMode={kind === 'number' ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={invalid}
        aria-describedby={rowIds(id).describedBy}
        onChange={(event) => type(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape' && typed !== value) {
            event.stopPropagation();
            committed.current = value;
            type(value);
          }
        }}
      />
      {unit ? <span className={css.unit}>{unit}</span> : null}
    </span>
  );
}
