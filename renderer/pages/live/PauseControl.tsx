import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import menu from '../../components/menu.module.css';
import { useText } from '../../text/text.tsx';
import css from './PauseControl.module.css';

const HOUR_MS = 3_600_000;

/** Pause, with a choice of how long, or resume. */
export function PauseControl() {
  const text = useText();
  const { client } = useEngine();
  const online = useOnline();
  const run = useSnapshot((snapshot) => snapshot.run);
  const pause = useCommand(client.pause);
  const resume = useCommand(client.resume);
  const error = pause.error ?? resume.error;
  if (run.state === 'stopped') return <div />;
  const resting = run.state === 'paused' || (run.state === 'draining' && run.reason !== 'shutdown');
  return (
    <div className={css.control}>
      {resting ? (
        <Button kind="primary" isDisabled={!online || resume.busy} onPress={() => resume.run()}>
          <Icon name="play" size={18} />
          {text.run.resume}
        </Button>
      ) : (
        <MenuTrigger>
          <Button isDisabled={!online || pause.busy || run.state !== 'running'}>
            <Icon name="pause" size={18} />
            {text.run.pause}
            <Icon name="chevron" size={16} />
          </Button>
          <Popover className={menu.popover ?? ''} placement="bottom end">
            <Menu
              className={menu.menu ?? ''}
              aria-label={text.run.pauseMenu}
              onAction={(key) => pause.run(key === 'hour' ? HOUR_MS : undefined)}
            >
              <MenuItem id="hour" className={menu.item ?? ''}>
                {text.run.pauseHour}
              </MenuItem>
              <MenuItem id="resume" className={menu.item ?? ''}>
                {text.run.pauseUntilResume}
              </MenuItem>
            </Menu>
            <p className={menu.note}>{text.run.pauseNote}</p>
          </Popover>
        </MenuTrigger>
      )}
      {error ? (
        <p className={css.error} role="alert">
          {error.message} {error.nextStep}
        </p>
      ) : null}
    </div>
  );
}
