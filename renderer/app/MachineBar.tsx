import { useEffect, useRef } from 'react';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Button } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { Icon, ToneMark } from '../components/icons.tsx';
import menu from '../components/menu.module.css';
import { describeMachine } from '../model/fleet.ts';
import { useFormats, useText } from '../text/text.tsx';
import { useNow } from './hooks.ts';
import css from './MachineBar.module.css';
import { useMachines, useRigs, useShownRig } from './machines.tsx';

/** Key of this machine in the menu; rigs have ids of hexadecimal digits. */
const HERE = 'here';

/** Above every page: which machine it shows, and another one to show. Nothing while there is only this machine. */
export function MachineBar() {
  const text = useText();
  const rigs = useRigs();
  const rig = useShownRig();
  const { show, shownId } = useMachines();
  const words = text.fleet.bar;
  const bar = useRef<HTMLElement>(null);
  const before = useRef<string | null>(null);
  useEffect(() => {
    // What was pressed to switch may be gone with the machine it belonged to.
    if (before.current !== shownId) bar.current?.focus({ preventScroll: true });
    before.current = shownId;
  }, [shownId]);
  if (rigs.length === 0) return null;
  return (
    <section ref={bar} tabIndex={-1} className={css.bar} data-rig={rig !== null} aria-label={words.label}>
      {rig ? (
        <p className={css.words} role="status">
          {words.showing} <strong>{rig.name}</strong>{' '}
          <span className={css.soft}>
            ({rig.address}). {rig.rights === 'read-only' ? words.lookOnly : words.commands}
          </span>
        </p>
      ) : null}
      <div className={css.tools}>
        {rig ? <Button onPress={() => show(null)}>{words.back}</Button> : null}
        <MachineMenu />
      </div>
    </section>
  );
}

function MachineMenu() {
  const text = useText();
  const formats = useFormats();
  const now = useNow(5000);
  const rigs = useRigs();
  const rig = useShownRig();
  const { show, shownId } = useMachines();
  const words = text.fleet.bar;
  return (
    <MenuTrigger>
      <Button kind={rig ? 'quiet' : 'plain'} aria-label={words.choose(rig?.name ?? text.fleet.thisMachine)}>
        <Icon name="fleet" size={18} />
        {rig?.name ?? text.fleet.thisMachine}
        <Icon name="chevron" size={16} />
      </Button>
      <Popover className={menu.popover ?? ''} placement="bottom start">
        <Menu
          className={menu.menu ?? ''}
          aria-label={words.label}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[shownId ?? HERE]}
          onAction={(key) => show(key === HERE ? null : String(key))}
        >
          <MenuItem id={HERE} className={menu.item ?? ''} textValue={text.fleet.thisMachine}>
            <Icon name="home" size={16} />
            <span>{text.fleet.thisMachine}</span>
            {shownId === null ? <Icon name="check" size={16} /> : null}
          </MenuItem>
          {rigs.map((each) => {
            const machine = { id: each.id, name: each.name, state: each.state, summary: each.summary, rig: each };
            return (
              <MenuItem key={each.id} id={each.id} className={menu.item ?? ''} textValue={each.name}>
                <ToneMark tone={describeMachine(machine, now, text, formats).tone} size={16} />
                <span>{each.name}</span>
                {shownId === each.id ? <Icon name="check" size={16} /> : null}
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** In place of the pages while the shown rig has not said anything yet. */
export function RigConnecting() {
  const text = useText();
  const formats = useFormats();
  const now = useNow(1000);
  const rig = useShownRig();
  if (!rig) return null;
  const { id, name, state, summary } = rig;
  const status = describeMachine({ id, name, state, summary, rig }, now, text, formats);
  const isReached = state === 'live' || state === 'connecting';
  return (
    <main className={css.connecting}>
      <EmptyState
        title={text.fleet.bar.connecting(name)}
        text={isReached ? text.fleet.bar.connectingText : [status.sentence, status.detail].filter(Boolean).join(' ')}
      >
        <MachineBar />
      </EmptyState>
    </main>
  );
}
