import { type ReactNode, useEffect, useRef } from 'react';
import { SETUP_STEPS, type SetupStep } from '../../../engine/api/setup.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { ChoiceStep } from './ChoiceStep.tsx';
import { EarningsStep } from './EarningsStep.tsx';
import { MachineStep } from './MachineStep.tsx';
import { StepProgress } from './StepProgress.tsx';
import css from './WelcomePage.module.css';

const STEPS: Readonly<Record<SetupStep, () => ReactNode>> = {
  machine: MachineStep,
  earnings: EarningsStep,
  choice: ChoiceStep,
};

/** The first run: what this machine can do, what that could earn, how it takes part. The engine keeps the step. */
export function WelcomePage() {
  const words = useText();
  const text = words.welcome;
  const formats = useFormats();
  const { client } = useEngine();
  const online = useOnline();
  const step = useSnapshot((snapshot) => snapshot.setup.step);
  const index = SETUP_STEPS.indexOf(step);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    // The next step begins at its heading, as a new page would.
    heading.current?.focus({ preventScroll: true });
    heading.current?.closest('main')?.scrollTo(0, 0);
    scrollTo(0, 0);
  }, [step]);
  const move = useCommand((to: SetupStep) => client.setSetup({ step: to }));
  const isNew = useSnapshot((snapshot) => snapshot.setup.state === 'new');
  const leave = useCommand(async () => {
    if (isNew) await client.setSetup({ done: true });
    goTo('home');
  });
  const back = SETUP_STEPS[index - 1];
  const next = SETUP_STEPS[index + 1];
  const Step = STEPS[step];
  const error = move.error ?? leave.error;
  return (
    <div className={css.page}>
      <StepProgress current={step} />
      <div className={css.body}>
        <p className={css.count}>{text.stepOf(formats.integer(index + 1), formats.integer(SETUP_STEPS.length))}</p>
        <h1 ref={heading} tabIndex={-1} className={css.title}>
          {text[step].title}
        </h1>
        <p className={css.intro}>{text[step].intro}</p>
        <Step />
      </div>
      {error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={error} />
        </p>
      ) : null}
      <div className={css.actions}>
        {back ? (
          <Button isDisabled={!online || move.busy} onPress={() => move.run(back)}>
            {text.back}
          </Button>
        ) : null}
        <span className={css.space} />
        <Button kind="quiet" isDisabled={(isNew && !online) || leave.busy} onPress={() => leave.run()}>
          {isNew ? text.skip : text.close}
        </Button>
        {next ? (
          <Button kind="primary" isDisabled={!online || move.busy} onPress={() => move.run(next)}>
            {text.next}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
