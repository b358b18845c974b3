import { useMemo, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog } from 'react-aria-components/Dialog';
import { Header } from 'react-aria-components/Header';
import { Heading } from 'react-aria-components/Heading';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { TextField } from 'react-aria-components/TextField';
import { useStore } from 'zustand';
import { Icon } from '../../components/icons.tsx';
import { useText } from '../../text/text.tsx';
import type { PageName } from '../route.ts';
import { COMMAND_GROUPS, type Command, commandStore, filterCommands } from './commands.ts';
import css from './palette.module.css';
import { useGlobalCommands } from './useGlobalCommands.ts';

interface PaletteProps {
  readonly pages: readonly PageName[];
  readonly onHelp: () => void;
  readonly onClose: () => void;
}

/** Every command, found by typing. */
export function Palette({ pages, onHelp, onClose }: PaletteProps) {
  const text = useText();
  const words = text.shell.palette;
  const [search, setSearch] = useState('');
  const offers = useStore(commandStore, (state) => state.offers);
  const global = useGlobalCommands(pages, onHelp);
  const all = useMemo(() => [...[...offers.values()].flat(), ...global], [offers, global]);
  const found = filterCommands(all, search);
  const run = (id: React.Key) => {
    onClose();
    const command = all.find((each) => each.id === id);
    // After the dialog has given the focus back, so that a command may move it.
    if (command) setTimeout(command.run, 0);
  };
  return (
    <ModalOverlay className={css.scrim ?? ''} isOpen isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className={css.modal ?? ''}>
        <Dialog className={css.dialog ?? ''}>
          <Heading slot="title" level={2} className="visually-hidden">
            {words.title}
          </Heading>
          <Autocomplete inputValue={search} onInputChange={setSearch}>
            <TextField className={css.search ?? ''} aria-label={words.search} autoFocus>
              <Icon name="search" />
              <Input
                role="combobox"
                aria-expanded="true"
                aria-haspopup="listbox"
                placeholder={words.search}
                autoComplete="off"
                spellCheck="false"
              />
            </TextField>
            <ListBox
              className={css.list ?? ''}
              aria-label={words.results}
              onAction={run}
              renderEmptyState={() => (
                <div className={css.none}>
                  <p>{words.none}</p>
                  <p>{words.noneText}</p>
                </div>
              )}
            >
              {search.trim() === ''
                ? COMMAND_GROUPS.filter((group) => group !== 'settings').map((group) => {
                    const inGroup = found.filter((command) => command.group === group);
                    return inGroup.length === 0 ? null : (
                      <ListBoxSection key={group} id={group}>
                        <Header className={css.group ?? ''}>{words.groups[group]}</Header>
                        {inGroup.map(item)}
                      </ListBoxSection>
                    );
                  })
                : found.map(item)}
            </ListBox>
          </Autocomplete>
          <p className={css.hint}>{words.hint}</p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function item({ id, title, icon, keys }: Command) {
  return (
    <ListBoxItem key={id} id={id} textValue={title} className={css.item ?? ''}>
      {icon ? <Icon name={icon} /> : <span className={css.blank} />}
      <span className={css.title}>{title}</span>
      {keys ? <span className={css.shortcut}>{keys}</span> : null}
    </ListBoxItem>
  );
}
