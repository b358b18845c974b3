import type { DesktopSettings, DesktopState, UpdateState } from '../../../engine/api/desktop.ts';
import { useCommand, useNow } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import { ChoiceControl, SwitchControl } from './controls.tsx';
import { Found, type FoundField } from './Found.tsx';
import { SettingRow } from './SettingRow.tsx';
import css from './settings.module.css';
import { useDesktopSave } from './useDesktopSave.ts';

/** Written out: the contract's own list would bring its schemas into the page. */
const CHANNELS: ReadonlyArray<DesktopSettings['updates']['channel']> = ['stable', 'beta'];

/** The channel, whether the app looks by itself, and how an update stands. */
export function UpdateFields({ desktop, search }: { desktop: DesktopState; search: string }) {
  const text = useText();
  const words = text.settings.updates;
  const save = useDesktopSave();
  const { channel, automatic } = desktop.settings.updates;
  const onOff = (on: boolean) => (on ? text.settings.on : text.settings.off);
  const fields: FoundField[] = [
    {
      id: 'state',
      words: `${words.state} ${words.check} ${text.settings.groups.updates}`,
      row: (
        <SettingRow id="update-state" label={words.state} help={words.version(desktop.app.version)} group>
          <UpdateProgress update={desktop.update} />
        </SettingRow>
      ),
    },
    {
      id: 'automatic',
      words: `${words.automatic} ${words.automaticHelp}`,
      row: (
        <SettingRow id="update-automatic" label={words.automatic} help={words.automaticHelp}>
          <SwitchControl
            id="update-automatic"
            value={automatic}
            onChange={(on) =>
              save({
                label: words.automatic,
                patch: { updates: { automatic: on } },
                said: onOff(on),
                back: { updates: { automatic } },
                backSaid: onOff(automatic),
              })
            }
          />
        </SettingRow>
      ),
    },
    {
      id: 'channel',
      words: `${words.channel} ${words.channelHelp}`,
      row: (
        <SettingRow id="update-channel" label={words.channel} help={words.channelHelp}>
          <ChoiceControl
            id="update-channel"
            value={channel}
            options={CHANNELS.map((id) => ({ id, text: words.channels[id] }))}
            onChange={(next) =>
              save({
                label: words.channel,
                patch: { updates: { channel: next } },
                said: words.channels[next],
                back: { updates: { channel } },
                backSaid: words.channels[channel],
              })
            }
          />
        </SettingRow>
      ),
    },
  ];
  return <Found fields={fields} search={search} />;
}

function UpdateProgress({ update }: { update: UpdateState }) {
  const text = useText();
  const words = text.settings.updates;
  const formats = useFormats();
  const now = useNow(30_000);
  const run = useCommand(async (command: 'checkForUpdate' | 'downloadUpdate' | 'installUpdate') => {
    await window.siphon?.run(command, undefined);
  });
  const button = (command: Parameters<typeof run.run>[0], label: string, kind: 'primary' | 'plain' = 'plain') => (
    <Button kind={kind} isDisabled={run.busy} onPress={() => run.run(command)}>
      {label}
    </Button>
  );
  return (
    <div className={css.update}>
      <div role="status">{stateInWords()}</div>
      {update.kind === 'downloading' ? <progress aria-label={words.download} max={100} value={update.percent} /> : null}
      {'notes' in update && update.notes.trim() !== '' ? (
        <details>
          <summary>{words.notes}</summary>
          <p className={css.releaseNotes} lang="en">
            {update.notes}
          </p>
        </details>
      ) : null}
      {update.kind === 'available' ? button('downloadUpdate', words.download, 'primary') : null}
      {update.kind === 'ready' ? (
        <>
          {button('installUpdate', words.install, 'primary')}
          <p className={css.help}>{words.installHelp}</p>
        </>
      ) : null}
      {update.kind === 'none' || update.kind === 'failed' || update.kind === 'rolled-back'
        ? button('checkForUpdate', words.check)
        : null}
      {run.error ? (
        <p className={css.error} role="alert">
          {run.error.message}
        </p>
      ) : null}
    </div>
  );

  function stateInWords() {
    switch (update.kind) {
      case 'off':
        return (
          <>
            {words.off} {update.reason}
          </>
        );
      case 'none':
        return update.checkedAtMs === null
          ? words.neverChecked
          : `${words.none} ${words.checkedAt(formats.ago(update.checkedAtMs, now))}`;
      case 'checking':
        return words.checking;
      case 'available':
        return `${words.available(update.version)}${update.bytes === null ? '' : ` ${words.size(formats.bytes(update.bytes))}`}`;
      case 'downloading':
        return words.downloading(update.version, formats.percent(update.percent));
      case 'ready':
        return words.ready(update.version);
      case 'installing':
        return words.installing(update.version);
      case 'failed':
        return (
          <>
            {words.failed} {update.message} {update.nextStep}
          </>
        );
      case 'rolled-back':
        return (
          <>
            {words.rolledBack(update.from, update.to)} {update.reason}
          </>
        );
    }
  }
}
