/** What may stand in one setting, so that a mistake is told while it is typed. The engine's own check is the schema's. */
export type SettingRule =
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      /** The least value itself is not allowed. */
      readonly above: boolean;
      readonly whole: boolean;
      /** Word that may stand instead of a number: `auto`. */
      readonly word?: string;
      /** Null may stand instead. */
      readonly nullable: boolean;
    }
  | {
      readonly kind: 'text';
      /** Regular expression, to be matched whatever the case. */
      readonly pattern?: string;
      readonly maxLength?: number;
      /** Empty text stands for null. */
      readonly nullable: boolean;
    }
  /** A list or an object; read and written as JSON. */
  | { readonly kind: 'other' };

/** A window of the week in which Siphon works, `HH:MM` in local time. */
export interface ScheduleWindow {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What a setting may hold. */
export type SettingValue = string | number | boolean | null | readonly ScheduleWindow[];

/** Where the value in use comes from. */
export type SettingSource = 'default' | 'file' | 'variable' | 'option';

/** One setting of the configuration. */
export interface SettingView {
  /** Dotted path, as the command `configure` takes it. */
  readonly path: string;
  /** What it is for, one English sentence without the full stop. */
  readonly what: string;
  /** What the engine uses; for `pending` ones, what it will use from its next start. */
  readonly value: SettingValue;
  /** What the configuration file says. */
  readonly inFile: SettingValue;
  readonly standard: SettingValue;
  readonly source: SettingSource;
  /** The variable or option that wins over the file: `SIPHON_PORT`, `--port`. */
  readonly fixedBy?: string;
  /** A change waits for the next start of the engine. */
  readonly atNextStart: boolean;
  /** A changed value is waiting for the next start now. */
  readonly pending: boolean;
  readonly rule: SettingRule;
}

/** The configuration as it can be shown and changed; secrets are not part of it. */
export interface SettingsView {
  readonly settings: readonly SettingView[];
  /** Path of the configuration file. */
  readonly file: string;
}
