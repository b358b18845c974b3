import { useState } from 'react';
import type { SettingValue, SettingView } from '../../../engine/api/settings.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { fieldId, readSetting, type SettingFault, sameValue } from '../../model/settings.ts';
import type { Catalogue } from '../../text/en.ts';
import type { SettingText } from '../../text/en-settings.ts';
import type { Formats } from '../../text/formats.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { ChoiceControl, SwitchControl, TextControl } from './controls.tsx';
import { ScheduleEditor } from './ScheduleEditor.tsx';
import { SettingRow } from './SettingRow.tsx';
import css from './settings.module.css';
import type { SettingsForm } from './useSettings.ts';

/** The words of a setting; undefined for one that this page does not know. */
export function settingText(text: Catalogue, path: string): SettingText | undefined {
  const fields: Readonly<Record<string, SettingText>> = text.settings.fields;
  return Object.hasOwn(fields, path) ? fields[path] : undefined;
}

/** A value in words: `4 streams`, `As measured`, `On`. */
function valueInWords(setting: SettingView, value: SettingValue, text: Catalogue, formats: Formats): string {
  const words = settingText(text, setting.path);
  if (typeof value === 'boolean') return value ? text.settings.on : text.settings.off;
  if (setting.path === 'availability.schedule' && Array.isArray(value))
    return text.settings.schedule.windows(value.length, formats);
  if (value === null || (setting.rule.kind === 'number' && value === setting.rule.word))
    return words?.special ?? text.settings.notSet;
  // Ports are names, not amounts: no separators between their digits.
  if (typeof value === 'number') {
    const digits = words?.unit === undefined ? String(value) : formats.decimal(value);
    return words?.unit === undefined ? digits : `${digits} ${words.unit}`;
  }
  return words?.options?.[String(value)] ?? (typeof value === 'string' ? value : JSON.stringify(value));
}

/** One setting of the engine, with the control that its rule asks for. Saves itself. */
export function EngineField({ setting, form }: { setting: SettingView; form: SettingsForm }) {
  const text = useText();
  const formats = useFormats();
  const [fault, setFault] = useState<SettingFault | null>(null);
  const { path, rule } = setting;
  const words = settingText(text, path);
  const label = words?.label ?? text.settings.unnamed(path);
  const trouble = form.troubles.get(path);
  const saving = form.saving.has(path);
  const isDisabled = setting.fixedBy !== undefined || saving || !form.online;
  const say = (value: SettingValue) => valueInWords(setting, value, text, formats);
  const save = (value: SettingValue) => {
    setFault(null);
    if (!sameValue(value, setting.inFile)) form.save(setting, value, label, say);
  };
  const row = {
    id: fieldId(path),
    label,
    help: words?.help ?? `${setting.what}.`,
    ...(words ? {} : { helpLang: 'en' }),
    error: fault ? (
      <p>{faultInWords(fault, text, formats)}</p>
    ) : trouble ? (
      <>
        <p>
          {trouble.kept ? `${text.settings.notInUse} ` : null}
          <span lang="en">
            {trouble.error.message} {trouble.error.nextStep}
          </span>
        </p>
        {trouble.undo ? (
          <Button onPress={trouble.undo}>
            <Icon name="undo" size={16} /> {text.settings.undo}
          </Button>
        ) : null}
      </>
    ) : null,
    notes: (
      <>
        {saving ? <span role="status">{text.settings.saving}</span> : null}
        {setting.fixedBy === undefined ? null : (
          <span className={css.fixed}>
            {(setting.source === 'variable' ? text.settings.fixedVariable : text.settings.fixedOption)(setting.fixedBy)}
          </span>
        )}
        {setting.pending ? (
          <strong>{text.settings.pending}</strong>
        ) : setting.atNextStart ? (
          <span>{text.settings.restart}</span>
        ) : null}
        {sameValue(setting.inFile, setting.standard) || setting.fixedBy !== undefined ? null : (
          <>
            <span>{text.settings.standard(say(setting.standard))}</span>
            <Button
              kind="quiet"
              aria-label={text.settings.resetLabel(label)}
              isDisabled={isDisabled}
              onPress={() => {
                setFault(null);
                form.save(setting, undefined, label, say);
              }}
            >
              {text.settings.reset}
            </Button>
          </>
        )}
      </>
    ),
  };
  if (path === 'availability.schedule')
    return (
      <SettingRow {...row} group wide>
        <ScheduleEditor id={row.id} value={setting.value} isDisabled={isDisabled} onSave={save} />
      </SettingRow>
    );
  switch (rule.kind) {
    case 'switch':
      return (
        <SettingRow {...row}>
          <SwitchControl id={row.id} value={setting.value === true} isDisabled={isDisabled} onChange={save} />
        </SettingRow>
      );
    case 'choice':
      return (
        <SettingRow {...row}>
          <ChoiceControl
            id={row.id}
            value={String(setting.value)}
            isDisabled={isDisabled}
            onChange={save}
            options={rule.options.map((id) => ({ id, text: words?.options?.[id] ?? id }))}
          />
        </SettingRow>
      );
    case 'number':
    case 'text': {
      const special = rule.kind === 'number' ? (rule.word ?? (rule.nullable ? null : undefined)) : undefined;
      const isSpecial = special !== undefined && setting.value === special;
      const shown =
        setting.value === null || isSpecial
          ? ''
          : String(setting.value).replace('.', rule.kind === 'number' ? formats.point : '.');
      const input = (
        <TextControl
          id={row.id}
          kind={rule.kind}
          value={shown}
          unit={words?.unit}
          isDisabled={isDisabled}
          invalid={fault !== null || trouble !== undefined}
          onType={(typed) => {
            const read = readSetting(rule, typed, formats.point);
            // While typing only what cannot become right is told: an empty field is on its way to a number.
            setFault('fault' in read && typed.trim() !== '' ? read.fault : null);
          }}
          onCommit={(typed) => {
            const read = readSetting(rule, typed, formats.point);
            if ('fault' in read) setFault(read.fault);
            else save(read.value);
          }}
        />
      );
      return (
        <SettingRow {...row}>
          {special === undefined ? (
            input
          ) : (
            <SpecialOr
              id={row.id}
              name={words?.special ?? String(special)}
              isSpecial={isSpecial}
              isDisabled={isDisabled}
              onSpecial={() => save(special)}
              onLeave={() => save(firstNumber(setting))}
            >
              {input}
            </SpecialOr>
          )}
        </SettingRow>
      );
    }
    case 'other':
      return null;
  }
}

/** A number to begin with when the word is left: the default where that is one, else the least that makes sense. */
function firstNumber({ standard, rule, path }: SettingView): number {
  if (typeof standard === 'number') return standard;
  if (path === 'uploadMbps') return 20;
  return rule.kind === 'number' ? Math.max(1, rule.min) : 1;
}

interface SpecialOrProps {
  readonly id: string;
  readonly name: string;
  readonly isSpecial: boolean;
  readonly isDisabled: boolean;
  readonly onSpecial: () => void;
  readonly onLeave: () => void;
  readonly children: React.ReactNode;
}

/** A number, or the word that stands for leaving it to Siphon. */
function SpecialOr({ id, name, isSpecial, isDisabled, onSpecial, onLeave, children }: SpecialOrProps) {
  return (
    <div className={css.specialOr}>
      <label className={css.check}>
        <input
          type="checkbox"
          id={isSpecial ? id : undefined}
          checked={isSpecial}
          disabled={isDisabled}
          onChange={(event) => (event.target.checked ? onSpecial() : onLeave())}
        />
        {name}
      </label>
      {isSpecial ? null : children}
    </div>
  );
}

function faultInWords(fault: SettingFault, text: Catalogue, formats: Formats): string {
  const words = text.settings.fault;
  switch (fault.kind) {
    case 'range':
      return words.range(formats.integer(fault.min), formats.integer(fault.max));
    case 'above':
      return words.above(formats.integer(fault.min), formats.integer(fault.max));
    case 'long':
      return words.long(formats.integer(fault.max));
    default:
      return words[fault.kind];
  }
}
