import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useCommand } from '../../app/hooks.ts';
import { useMachines } from '../../app/machines.tsx';
import { Button } from '../../components/Button.tsx';
import { Icon, ToneMark } from '../../components/icons.tsx';
import { Meter } from '../../components/Meter.tsx';
import menu from '../../components/menu.module.css';
import { showToast } from '../../components/toast-store.ts';
import { describeMachine, gpuCounts, hottestOf, type Machine, runActionOf } from '../../model/fleet.ts';
import { shortName } from '../../model/names.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './fleet.module.css';

/** Temperature from which a GPU is shown as hot, °C: most cards slow down some degrees above. */
const HOT_C = 83;

/** One machine: what it does, what it has, and what can be told to it. */
export function MachineCard({ machine, now, version }: { machine: Machine; now: number; version: string }) {
  const text = useText();
  const formats = useFormats();
  const { home, shownId, show } = useMachines();
  const [renaming, setRenaming] = useState(false);
  const words = text.fleet;
  const { id, name, rig, state } = machine;
  const status = describeMachine(machine, now, text, formats);
  const action = runActionOf(machine);
  const isShown = shownId === id;
  const run = useCommand(async (what: 'pause' | 'resume') => {
    const { client } = home;
    if (id === null) return what === 'pause' ? client.pause(undefined) : client.resume();
    const { failed } = await (what === 'pause' ? client.pauseRigs([id]) : client.resumeRigs([id]));
    for (const { error } of failed)
      showToast({ text: words.actions.failed(name, error.message), tone: 'problem', key: `fleet-${id}` });
  });
  return (
    <li className={css.card} data-shown={isShown && shownId !== null}>
      <div className={css.head}>
        <ToneMark tone={status.tone} />
        <h2>{name}</h2>
        {id === null ? (
          <span className={css.flag}>{words.here}</span>
        ) : rig?.rights === 'read-only' ? (
          <span className={css.flag}>{words.facts.readOnly}</span>
        ) : (
          <span />
        )}
        <p className={css.sentence}>
          <span>{status.sentence}</span>
          {status.detail ? <span className={css.soft}>{status.detail}</span> : null}
        </p>
      </div>
      {renaming && id !== null ? <Rename id={id} name={name} onClose={() => setRenaming(false)} /> : null}
      <Facts machine={machine} now={now} version={version} />
      {run.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={run.error} />
        </p>
      ) : null}
      <div className={css.tools}>
        <Button
          {...(isShown ? {} : { 'aria-label': words.actions.showLabel(name) })}
          isDisabled={isShown || (state !== 'live' && id !== null)}
          onPress={() => show(id)}
        >
          {isShown ? words.actions.showing : words.actions.show}
        </Button>
        {action ? (
          <Button
            kind="quiet"
            aria-label={action === 'pause' ? words.actions.pauseLabel(name) : words.actions.resumeLabel(name)}
            isDisabled={run.busy}
            onPress={() => run.run(action)}
          >
            {words.actions[action]}
          </Button>
        ) : null}
        {id === null ? null : (
          <span className={css.end}>
            <More id={id} name={name} onRename={() => setRenaming(true)} />
          </span>
        )}
      </div>
    </li>
  );
}

function Facts({ machine, now, version }: { machine: Machine; now: number; version: string }) {
  const text = useText();
  const formats = useFormats();
  const words = text.fleet.facts;
  const { summary, rig, state } = machine;
  const isOld = state !== 'live';
  const hottest = hottestOf(summary);
  const problems = summary?.problems;
  return (
    <>
      {summary && !isOld ? (
        <Meter
          label={words.streams}
          share={summary.streams.total ? summary.streams.used / summary.streams.total : null}
          value={
            summary.streams.total === null
              ? formats.integer(summary.streams.used)
              : text.fleet.sums.of(formats.integer(summary.streams.used), formats.integer(summary.streams.total))
          }
        />
      ) : null}
      <dl className={css.facts} data-old={isOld}>
        {summary ? (
          <>
            <div>
              <dt>{words.gpus}</dt>
              <dd>
                {summary.gpus.length === 0
                  ? words.noGpu
                  : gpuCounts(summary)
                      .map(({ name, count }) => (count > 1 ? `${formats.integer(count)} × ${shortName(name)}` : shortName(name)))
                      .join(', ')}
              </dd>
            </div>
            {hottest !== null && !isOld ? (
              <div>
                <dt>{words.hottest}</dt>
                <dd className={`number ${hottest >= HOT_C ? css.warn : ''}`}>{formats.integer(hottest)}&nbsp;°C</dd>
              </div>
            ) : null}
            {summary.today ? (
              <div>
                <dt>{words.today}</dt>
                <dd className="number">
                  {words.todayIs(formats.duration(summary.today.mediaMs), summary.today.failed, formats)}
                </dd>
              </div>
            ) : null}
            {problems && !isOld ? (
              <div>
                <dt>{words.problems}</dt>
                <dd className={problems.worst === 'error' ? css.bad : problems.worst === 'warning' ? css.warn : ''}>
                  {problems.count === 0
                    ? words.noProblems
                    : problems.count === 1
                      ? problems.title
                      : `${formats.integer(problems.count)}: ${problems.title ?? ''}`}
                </dd>
              </div>
            ) : null}
            {summary.version !== null && summary.version !== version ? (
              <div>
                <dt>{words.version}</dt>
                <dd>
                  {summary.version} ({words.versionDiffers})
                </dd>
              </div>
            ) : null}
          </>
        ) : null}
        {rig ? (
          <>
            <div>
              <dt>{words.address}</dt>
              <dd>{rig.kind === 'tunnel' ? words.tunnel(rig.address) : rig.address}</dd>
            </div>
            <div>
              <dt>{words.seen}</dt>
              <dd>
                {state === 'live' ? words.now : rig.lastSeenAtMs === null ? words.never : formats.ago(rig.lastSeenAtMs, now)}
              </dd>
            </div>
          </>
        ) : null}
      </dl>
    </>
  );
}

function More({ id, name, onRename }: { id: string; name: string; onRename: () => void }) {
  const text = useText();
  const { client } = useMachines().home;
  const words = text.fleet.actions;
  const problem = (error: unknown) =>
    showToast({ text: words.failed(name, errorInfoOf(error).message), tone: 'problem', key: `fleet-${id}` });
  const remove = async () => {
    await client.removeRig(id);
    showToast({
      text: words.removed(name),
      tone: 'done',
      action: { label: text.shell.toasts.undo, run: () => void client.restoreRig(id).catch(problem) },
    });
  };
  return (
    <MenuTrigger>
      <Button kind="quiet" iconOnly aria-label={words.more(name)}>
        <Icon name="more" />
      </Button>
      <Popover className={menu.popover ?? ''} placement="bottom end">
        <Menu
          className={menu.menu ?? ''}
          aria-label={words.more(name)}
          onAction={(key) => {
            if (key === 'rename') onRename();
            else remove().catch(problem);
          }}
        >
          <MenuItem id="rename" className={menu.item ?? ''}>
            {words.rename}
          </MenuItem>
          <MenuItem id="remove" className={menu.item ?? ''}>
            {words.remove}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Rename({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const text = useText();
  const { client } = useMachines().home;
  const [typed, setTyped] = useState(name);
  const words = text.fleet.actions;
  const save = useCommand(async () => {
    await client.renameRig(id, typed.trim());
    onClose();
  });
  return (
    <form
      className={css.rename}
      aria-label={words.renameTitle(name)}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== '') save.run();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <input
        // biome-ignore lint/a11y/noAutofocus: opened by the person to type in it
        autoFocus
        aria-label={words.name}
        value={typed}
        maxLength={60}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button kind="primary" type="submit" isDisabled={save.busy || typed.trim() === ''}>
        {words.save}
      </Button>
      <Button kind="quiet" onPress={onClose}>
        {words.cancel}
      </Button>
      {save.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={save.error} />
        </p>
      ) : null}
    </form>
  );
}
