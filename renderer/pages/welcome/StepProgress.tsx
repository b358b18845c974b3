import { SETUP_STEPS, type SetupStep } from '../../../engine/api/setup.ts';
import { Icon } from '../../components/icons.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import css from './StepProgress.module.css';

/** The steps of the first run: those behind, the one at hand, those to come. */
export function StepProgress({ current }: { current: SetupStep }) {
  const text = useText().welcome;
  const formats = useFormats();
  const at = SETUP_STEPS.indexOf(current);
  return (
    <ol className={css.steps} aria-label={text.progress}>
      {SETUP_STEPS.map((step, index) => (
        <li
          key={step}
          className={css.step}
          data-state={index < at ? 'done' : index === at ? 'current' : 'to-come'}
          aria-current={index === at ? 'step' : undefined}
        >
          <span className={`number ${css.disc}`} aria-hidden="true">
            {index < at ? <Icon name="check" size={16} /> : formats.integer(index + 1)}
          </span>
          <span className={css.name}>
            {text.steps[step]}
            {index < at ? <span className="visually-hidden"> ({text.stepDone})</span> : null}
          </span>
        </li>
      ))}
    </ol>
  );
}
