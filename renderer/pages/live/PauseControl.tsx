import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import type { RunState } from '../../../engine/api/snapshot.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import menu from '../../components/menu.module.css';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import css from './PauseControl.module.css';

const MINUTE_MS = 60_000;

/** What a choice of the menu means; milliseconds where it is a time. */
const CHOICES = { minutes: 10 * MINUTE_MS, hour: 60 * MINUTE_MS, restart: 'restart', resume: 'resume' } as const;
type Choice = keyof typeof CHOICES;

/** Reasons that cannot be set aside: there is nothing to work on, or the computer is about to sleep. */
const BINDING: ReadonlySet<RunState['reason']> = new Set(['gpu-off', 'suspend']);

/** Pause, with a choice of how long; resume, or work although a rule asks for the pause. */
export function PauseControl() {
  const text = useText();
  const { client } = useEngine();
  const online = useOnline();
  const run = useSnapshot((snapshot) => snapshot.run);
  const rules = useSnapshot((snapshot) => snapshot.availability.rules);
  const pause = useCommand(async (choice: Choice) => {
    if (choice === 'restart') return await client.pauseUntilRestart();
    await client.pause(choice === 'resume' ? undefined : CHOICES[choice]);
  });
  const resume = useCommand(client.resume);
  const anyway = useCommand(client.workAnyway);
  const error = pause.error ?? resume.error ?? anyway.error;
  if (run.state === 'stopped') return <div />;
  const resting = run.state === 'paused' || (run.state === 'draining' && run.reason !== 'shutdown');
  const automatic = resting && run.automatic === true;
  const aside = rules.filter(({ overridden }) => overridden === true);
  const notes = resting ? (run.also ?? []).map((words) => `${text.availability.also} ${words}`) : aside.map((rule) => rule.text);
  return (
    <div className={css.control}>
      <div className={css.buttons}>
        {automatic && !BINDING.has(run.reason) ? (
          <Button kind="primary" isDisabled={!online || anyway.busy} onPress={() => anyway.run()}>
            <Icon name="play" size={18} />
            {text.availability.anyway}
          </Button>
        ) : null}
        {resting && !automatic ? (
          <Button kind="primary" isDisabled={!online || resume.busy} onPress={() => resume.run()}>
            <Icon name="play" size={18} />
            {text.run.resume}
          </Button>
        ) : (
          <PauseMenu isDisabled={!online || pause.busy} onChoose={(choice) => pause.run(choice)} />
        )}
      </div>
      {automatic ? <p className={css.note}>{text.availability.anywayNote}</p> : null}
      {notes.map((words) => (
        <p key={words} className={css.note}>
          {words}
        </p>
      ))}
      {error ? (
        <p className={css.error} role="alert">
          <ErrorWords error={error} />
        </p>
      ) : null}
    </div>
  );
}

function PauseMenu({ isDisabled, onChoose }: { isDisabled: boolean; onChoose: (choice: Choice) => void }) {
  const text = useText();
  const items: ReadonlyArray<readonly [Choice, string]> = [
    ['minutes', text.availability.pauseMinutes],
    ['hour', text.availability.pauseHour],
    ['restart', text.availability.pauseRestart],
    ['resume', text.availability.pauseResume],
  ];
  return (
    <MenuTrigger>
      <Button isDisabled={isDisabled}>
        <Icon name="pause" size={18} />
        {text.run.pause}
        <Icon name="chevron" size={16} />
      </Button>
      <Popover className={menu.popover ?? ''} placement="bottom end">
        <Menu className={menu.menu ?? ''} aria-label={text.run.pauseMenu} onAction={(key) => onChoose(key as Choice)}>
          {items.map(([id, words]) => (
            <MenuItem key={id} id={id} className={menu.item ?? ''}>
              {words}
            </MenuItem>
          ))}
        </Menu>
        <p className={menu.note}>{text.run.pauseNote}</p>
      </Popover>
    </MenuTrigger>
  );
}
