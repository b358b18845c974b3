import type { DesktopState } from '../../../engine/api/desktop.ts';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { SecretConsent } from '../../components/SecretConsent.tsx';
import { useText } from '../../text/text.tsx';
import { Found, type FoundField } from './Found.tsx';
import { SettingRow } from './SettingRow.tsx';
import css from './settings.module.css';

interface DataFieldsProps {
  readonly desktop: DesktopState | null;
  /** Path of the configuration file. */
  readonly file: string;
  readonly search: string;
}

/** Where everything is kept, and how the secrets are. */
export function DataFields({ desktop, file, search }: DataFieldsProps) {
  const text = useText();
  const words = text.settings.data;
  const dataDir = useSnapshot((snapshot) => snapshot.engine.dataDir);
  const show = useCommand(async () => {
    await window.siphon?.run('showDataFolder', undefined);
  });
  const fields: FoundField[] = [
    {
      id: 'folder',
      words: `${words.folder} ${words.folderHelp}`,
      row: (
        <SettingRow id="data-folder" label={words.folder} help={words.folderHelp} group error={show.error?.message}>
          <p className={css.path}>{dataDir}</p>
          {desktop ? (
            <Button isDisabled={show.busy} onPress={() => show.run()}>
              <Icon name="folder" size={18} /> {words.show}
            </Button>
          ) : null}
        </SettingRow>
      ),
    },
    {
      id: 'file',
      words: `${words.file} ${words.fileHelp}`,
      row: (
        <SettingRow id="config-file" label={words.file} help={words.fileHelp} group>
          <p className={css.path}>{file}</p>
        </SettingRow>
      ),
    },
    {
      id: 'secrets',
      words: `${words.secrets} ${words.secretsHelp}`,
      row: (
        <SettingRow id="secrets" label={words.secrets} help={words.secretsHelp} group>
          {desktop ? <SecretStorage kind={desktop.secretStorage} /> : <p>{words.headless}</p>}
        </SettingRow>
      ),
    },
  ];
  return <Found fields={fields} search={search} />;
}

function SecretStorage({ kind }: { kind: DesktopState['secretStorage'] }) {
  const words = useText().settings.data;
  if (kind === 'unavailable') return <SecretConsent />;
  return <p>{words[kind]}</p>;
}
