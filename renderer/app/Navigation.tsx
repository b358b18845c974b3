import { Button as AriaButton } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon } from '../components/icons.tsx';
import menu from '../components/menu.module.css';
import { useText } from '../text/text.tsx';
import { useMedia } from './hooks.ts';
import css from './Navigation.module.css';
import { PAGES } from './pages.tsx';
import { goTo, hrefOf, type PageName } from './route.ts';

/** Places in the bar of a narrow window; the last one opens the rest. */
const NARROW_PLACES = 5;

/** The pages: a list beside the page, a bar below it in a narrow window, where what has no place is behind "More". */
export function Navigation({ pages, current }: { pages: readonly PageName[]; current: PageName | null }) {
  const text = useText();
  const narrow = useMedia('(max-width: 699px)');
  const shown = narrow && pages.length > NARROW_PLACES ? pages.slice(0, NARROW_PLACES - 1) : pages;
  const rest = pages.slice(shown.length);
  return (
    <nav className={css.nav} aria-label={text.nav.label}>
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <a className={css.link} href={hrefOf(name)} aria-current={name === current ? 'page' : undefined}>
              <Icon name={PAGES[name].icon} />
              <span>{text.nav[name]}</span>
            </a>
          </li>
        ))}
        {rest.length > 0 ? (
          <li>
            <More pages={rest} current={current} />
          </li>
        ) : null}
      </ul>
    </nav>
  );
}

function More({ pages, current }: { pages: readonly PageName[]; current: PageName | null }) {
  const text = useText();
  const here = pages.find((name) => name === current);
  return (
    <MenuTrigger>
      <AriaButton
        className={css.link ?? ''}
        data-here={here !== undefined}
        aria-label={here === undefined ? text.nav.more : `${text.nav.more}: ${text.nav[here]}`}
      >
        <Icon name={here === undefined ? 'more' : PAGES[here].icon} />
        <span>{here === undefined ? text.nav.more : text.nav[here]}</span>
      </AriaButton>
      <Popover className={menu.popover ?? ''} placement="top end">
        <Menu
          className={menu.menu ?? ''}
          aria-label={text.nav.more}
          onAction={(key) => {
            const chosen = pages.find((name) => name === key);
            if (chosen) goTo(chosen);
          }}
        >
          {pages.map((name) => (
            <MenuItem key={name} id={name} className={menu.item ?? ''} textValue={text.nav[name]}>
              <Icon name={PAGES[name].icon} />
              <span>{text.nav[name]}</span>
              {name === current ? <Icon name="check" size={16} /> : null}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
