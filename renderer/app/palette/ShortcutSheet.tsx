import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { useStore } from 'zustand';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { useText } from '../../text/text.tsx';
import type { PageName } from '../route.ts';
import { PAGE_KEYS } from '../shortcuts.ts';
import { singleKeysStore } from '../shortcuts-store.ts';
import { commandKeyName } from './command-key.ts';
import css from './palette.module.css';

/** Every keyboard shortcut. */
export function ShortcutSheet({ pages, onClose }: { pages: readonly PageName[]; onClose: () => void }) {
  const text = useText();
  const words = text.shell.shortcuts;
  const singleKeys = useStore(singleKeysStore, (state) => state.on);
  const command = commandKeyName();
  const everywhere: ReadonlyArray<readonly [string, ReadonlyArray<readonly string[]>]> = [
    [words.palette, [[command, 'K']]],
    [words.help, singleKeys ? [['?'], [command, '/']] : [[command, '/']]],
    [words.settings, [[command, ',']]],
    [words.messages, [['F8']]],
    ...(singleKeys ? ([[words.search, [['/']]]] as const) : []),
  ];
  return (
    <ModalOverlay className={css.scrim ?? ''} isOpen isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className={`${css.modal} ${css.sheet}`}>
        <Dialog className={css.dialog ?? ''}>
          <div className={css.head}>
            <Heading slot="title" level={2}>
              {words.title}
            </Heading>
            <Button kind="quiet" iconOnly aria-label={text.close} onPress={onClose}>
              <Icon name="close" />
            </Button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section className={css.sheetBody} tabIndex={0} aria-label={words.title}>
            <h3>{words.everywhere}</h3>
            <dl className={css.keys}>
              {everywhere.map(([name, ways]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {ways.map((keys, index) => (
                      <span key={keys.join()}>
                        {index > 0 ? <span className={css.between}>{words.or}</span> : null}
                        {keys.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
            {singleKeys ? (
              <>
                <h3>{words.pages}</h3>
                <dl className={css.keys}>
                  {pages.map((page) => {
                    const key = PAGE_KEYS[page];
                    return key === undefined ? null : (
                      <div key={page}>
                        <dt>{text.nav[page]}</dt>
                        <dd>
                          <kbd>G</kbd> <span className={css.between}>{words.afterwards}</span> <kbd>{key.toUpperCase()}</kbd>
                        </dd>
                      </div>
                    );
                  })}
                </dl>
              </>
            ) : null}
            <p className={css.note}>{singleKeys ? words.skip : words.off}</p>
          </section>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
