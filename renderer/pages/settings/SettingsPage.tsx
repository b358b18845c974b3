import { type ReactNode, useEffect, useId, useState } from 'react';
import { useDesktop } from '../../app/desktop.ts';
import { useOnline } from '../../app/engine-context.tsx';
import { hrefOf } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import {
  ENGINE_SETTINGS,
  fitsSearch,
  isRelevant,
  SETTING_GROUPS,
  type SettingGroup,
  unnamedSettings,
} from '../../model/settings.ts';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { DataFields } from './DataFields.tsx';
import { EngineField, settingText } from './EngineField.tsx';
import { GeneralFields } from './GeneralFields.tsx';
import { NotificationFields } from './NotificationFields.tsx';
import css from './settings.module.css';
import { UpdateFields } from './UpdateFields.tsx';
import { useSettings } from './useSettings.ts';
import { useTarget } from './useTarget.ts';

/** Everything that can be set, by group, found by searching; each change is saved at once and can be taken back. */
export function SettingsPage() {
  const text = useText();
  const words = text.settings;
  const searchId = useId();
  const [search, setSearch] = useState('');
  const desktop = useDesktop();
  const form = useSettings();
  const online = useOnline();
  const { settings } = form;
  useTarget(settings !== null);
  // A field that is looked for is not hidden by what was searched before.
  useEffect(() => {
    const clear = () => setSearch('');
    addEventListener('hashchange', clear);
    return () => removeEventListener('hashchange', clear);
  }, []);

  const engineFields = (paths: readonly string[]): readonly ReactNode[] =>
    !settings
      ? []
      : paths.flatMap((path) => {
          const setting = settings.get(path);
          if (!setting) return [];
          const known = settingText(text, path);
          const found =
            search.trim() === ''
              ? isRelevant(path, settings)
              : fitsSearch(
                  search,
                  known?.label ?? '',
                  known?.help ?? setting.what,
                  path,
                  Object.values(known?.options ?? {}).join(' '),
                );
          return found ? [<EngineField key={path} setting={setting} form={form} />] : [];
        });
  const others = unnamedSettings([...(settings?.keys() ?? [])]);

  const contents: Readonly<Record<SettingGroup, ReactNode>> = {
    general: <GeneralFields desktop={desktop} search={search} />,
    work: engineFields(ENGINE_SETTINGS.work ?? []),
    availability: engineFields(ENGINE_SETTINGS.availability ?? []),
    gpus: fitsSearch(search, words.groups.gpus, words.gpus.text, words.gpus.pricesText) ? (
      <>
        <p className={css.pointer}>
          {words.gpus.text} <a href={hrefOf('hardware')}>{words.gpus.link}</a>
        </p>
        {settings?.get('ownOrchestrator.port') && isRelevant('ownOrchestrator.price', settings) ? (
          <p className={css.pointer}>
            {words.gpus.pricesText} <a href={hrefOf('orchestrator')}>{words.gpus.pricesLink}</a>
          </p>
        ) : null}
      </>
    ) : null,
    notifications: desktop ? (
      <NotificationFields desktop={desktop} search={search} />
    ) : fitsSearch(search, words.groups.notifications, words.notifications.inApp) ? (
      <p className={css.pointer}>{words.notifications.inApp}</p>
    ) : null,
    updates: desktop ? (
      <UpdateFields desktop={desktop} search={search} />
    ) : fitsSearch(search, words.groups.updates, words.updates.inApp) ? (
      <p className={css.pointer}>{words.updates.inApp}</p>
    ) : null,
    history: engineFields(ENGINE_SETTINGS.history ?? []),
    remote: engineFields(ENGINE_SETTINGS.remote ?? []),
    data: <DataFields desktop={desktop} file={form.file} search={search} />,
    advanced: engineFields([...(ENGINE_SETTINGS.advanced ?? []), ...others]),
  };

  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{words.title}</h1>
        <label className={css.search} htmlFor={searchId}>
          <span className="visually-hidden">{words.search}</span>
          <input
            id={searchId}
            type="search"
            placeholder={words.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setSearch('');
            }}
          />
        </label>
      </div>
      {form.error && online ? (
        <div className={page.error} role="alert">
          <p>
            {words.failed} <span lang="en">{form.error.message}</span>
          </p>
          <Button onPress={form.reload}>{words.retry}</Button>
        </div>
      ) : null}
      {settings === null && form.error === null ? (
        <p className={page.soft}>{text.loading}</p>
      ) : (
        <>
          {search === '' ? (
            <nav className={css.groups} aria-label={words.groupsLabel}>
              <ul>
                {SETTING_GROUPS.filter((group) => !isEmpty(contents[group])).map((group) => (
                  <li key={group}>
                    <a href={`${hrefOf('settings')}/${group}`}>{words.groups[group]}</a>
                  </li>
                ))}
              </ul>
            </nav>
          ) : null}
          <div className={css.panels} data-searching={search.trim() !== ''}>
            {SETTING_GROUPS.map((group) =>
              isEmpty(contents[group]) ? null : (
                <div key={group} id={`group-${group}`} tabIndex={-1} className={css.anchor}>
                  <Panel title={words.groups[group]}>
                    {words.groupHelp[group] ? <p className={css.groupHelp}>{words.groupHelp[group]}</p> : null}
                    <div className={css.rows}>{contents[group]}</div>
                  </Panel>
                </div>
              ),
            )}
          </div>
          <div className={css.nothing} role="status">
            {search.trim() === '' ? null : <EmptyState title={words.nothingFound} plain />}
          </div>
        </>
      )}
    </div>
  );
}

function isEmpty(content: ReactNode): boolean {
  return content === null || (Array.isArray(content) && content.length === 0);
}
