import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Button } from '../components/Button.tsx';
import { Icon, type IconName } from '../components/icons.tsx';
import menu from '../components/menu.module.css';
import { THEMES, type Theme } from '../store/theme-store.ts';
import { useText } from '../text/text.tsx';

const ICONS: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' };

/** Chooses light, dark, or what the system says. */
export function ThemeMenu({ theme, onTheme }: { theme: Theme; onTheme: (theme: Theme) => void }) {
  const text = useText();
  return (
    <MenuTrigger>
      <Button kind="quiet" iconOnly aria-label={`${text.theme.label}: ${text.theme[theme]}`}>
        <Icon name={ICONS[theme]} />
      </Button>
      <Popover className={menu.popover ?? ''} placement="bottom end">
        <Menu
          className={menu.menu ?? ''}
          aria-label={text.theme.label}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[theme]}
          onAction={(key) => {
            const chosen = THEMES.find((name) => name === key);
            if (chosen) onTheme(chosen);
          }}
        >
          {THEMES.map((name) => (
            <MenuItem key={name} id={name} className={menu.item ?? ''} textValue={text.theme[name]}>
              <Icon name={ICONS[name]} />
              <span>{text.theme[name]}</span>
              {name === theme ? <Icon name="check" size={16} /> : null}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
