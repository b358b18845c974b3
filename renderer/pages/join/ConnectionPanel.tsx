import { useEffect, useRef, useState } from 'react';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import type { ConnectionStep, ConnectionTest } from '../../../engine/api/invite.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './join.module.css';

interface ConnectionProps {
  readonly text: string;
  readonly secret: string;
  readonly test: ConnectionTest | null;
  readonly onTest: (test: ConnectionTest | null) => void;
}

/** Goes the way to the orchestrator, and shows each hop as it is tried. */
export function ConnectionPanel({ text, secret, test, onTest }: ConnectionProps) {
  const words = useText().join;
  const online = useOnline();
  const { client } = useEngine();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<ErrorInfo | null>(null);
  const stop = useRef<() => void>(() => undefined);
  // Another text, another orchestrator: what is under way is about neither.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is the reason, not a part
  useEffect(() => {
    setRunning(false);
    setError(null);
    return () => stop.current();
  }, [text]);
  const start = () => {
    setRunning(true);
    setError(null);
    onTest(null);
    stop.current = client.invites.test({ text, ...(secret === '' ? {} : { secret }) }, onTest, (broken) => {
      setRunning(false);
      if (broken !== undefined) setError(errorInfoOf(broken));
    });
  };
  return (
    <Panel
      title={words.test}
      tools={
        <Button isDisabled={!online || running} onPress={start}>
          {running ? words.testing : test ? words.testAgain : words.testStart}
        </Button>
      }
    >
      {test ? (
        <>
          <ol className={css.steps}>
            {test.steps.map((step) => (
              <Step key={step.id} step={step} />
            ))}
          </ol>
          <p aria-live="polite" className={test.ok === false ? page.error : test.ok ? css.good : undefined}>
            <strong>{test.ok === null ? '' : test.ok ? words.testOk : words.testFailed}</strong>
          </p>
        </>
      ) : (
        <p className={page.soft}>{words.testText}</p>
      )}
      {error ? (
        <p className={page.error} role="alert" lang="en">
          <ErrorWords error={error} />
        </p>
      ) : null}
    </Panel>
  );
}

const MARKS: Readonly<Partial<Record<ConnectionStep['state'], IconName>>> = { ok: 'check', failed: 'cross', skipped: 'minus' };

function Step({ step }: { step: ConnectionStep }) {
  const text = useText();
  const formats = useFormats();
  const { id, state, text: found, nextStep, tookMs } = step;
  const mark = MARKS[state];
  return (
    <li data-state={state}>
      <span className={css.mark}>{mark ? <Icon name={mark} size={14} /> : null}</span>
      <strong>
        {text.join.steps[id]}
        <span className="visually-hidden">: {text.join.stepStates[state]}</span>
      </strong>
      <span className={`number ${css.time}`}>{tookMs === undefined ? '' : formats.ms(tookMs)}</span>
      {found ? <p lang="en">{found}</p> : null}
      {nextStep ? (
        <p lang="en">
          <strong>{text.nextStep}:</strong> {nextStep}
        </p>
      ) : null}
    </li>
  );
}
