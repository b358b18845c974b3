import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import css from './Button.module.css';

/** A button's props: those of react-aria, and its looks. */
export interface ButtonProps extends Omit<AriaButtonProps, 'className'> {
  readonly kind?: 'primary' | 'plain' | 'quiet';
  readonly iconOnly?: boolean;
}

/** A button in the product's looks. */
export function Button({ kind = 'plain', iconOnly = false, ...props }: ButtonProps) {
  return <AriaButton {...props} className={[css.button, css[kind], iconOnly ? css.iconOnly : ''].join(' ')} />;
}
