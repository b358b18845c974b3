import { useEffect, useRef, useState } from 'react';
import type { CheckResult, CheckStatus, DoctorReport } from '../../../engine/api/diagnostics.ts';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './repair.module.css';

const MARKS: Readonly<Record<CheckStatus, IconName>> = { ok: 'check', warn: 'about', fail: 'cross', skipped: 'minus' };

/** Runs every check when asked: what must be mended comes first. */
export function DoctorPanel() {
  const text = useText().repair;
  const { client } = useEngine();
  const online = useOnline();
  const [report, setReport] = useState<DoctorReport>();
  const [error, setError] = useState<ErrorInfo>();
  const [running, setRunning] = useState(false);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const run = () => {
    const controller = new AbortController();
    abort.current = controller;
    setRunning(true);
    setError(undefined);
    client
      .doctor(controller.signal)
      .then(setReport, (problem: unknown) => {
        if (!controller.signal.aborted) setError(errorInfoOf(problem));
      })
      .finally(() => setRunning(false));
  };
  return (
    <Panel
      title={text.checks}
      tools={
        <div className={page.tools}>
          {running ? <Button onPress={() => abort.current?.abort()}>{text.cancel}</Button> : null}
          <Button kind={report ? 'plain' : 'primary'} isDisabled={!online || running} onPress={run}>
            {running ? text.running : report ? text.runAgain : text.run}
          </Button>
        </div>
      }
    >
      <p className={page.soft}>{text.checksText}</p>
      <p role="status" className={css.verdict} data-status={report?.verdict}>
        {error ? <ErrorWords error={error} /> : report ? text.verdict[report.verdict] : null}
      </p>
      {report ? (
        <ul className={css.checks} data-stale={running || undefined}>
          {sorted(report.checks).map((check) => (
            <CheckRow key={`${check.id} ${check.title}`} check={check} />
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

const ORDER: Readonly<Record<CheckStatus, number>> = { fail: 0, warn: 1, ok: 2, skipped: 3 };

function sorted(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]);
}

function CheckRow({ check }: { check: CheckResult }) {
  const text = useText();
  const { id, status, title, text: found, nextStep } = check;
  const known = text.repair.titles[id];
  return (
    <li data-status={status}>
      <span className={css.mark}>
        <Icon name={MARKS[status]} size={16} />
      </span>
      <div className={css.words}>
        <h3>
          <span lang={known === undefined ? 'en' : undefined}>{known ?? title}</span>
          <span className="visually-hidden">: {text.repair.status[status]}</span>
        </h3>
        <p lang="en">{found}</p>
        {nextStep && status !== 'ok' ? (
          <p>
            <strong>{text.nextStep}:</strong> <span lang="en">{nextStep}</span>
          </p>
        ) : null}
      </div>
    </li>
  );
}
