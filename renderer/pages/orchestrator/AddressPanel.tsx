import type { OrchestratorView } from '../../../engine/api/orchestrator.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand, useNow } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { ToneMark } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { reachTone } from '../../model/orchestrator.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OrchestratorPage.module.css';

/** Where the orchestrator is, and whether it is reached there. */
export function AddressPanel({ view }: { view: OrchestratorView }) {
  const text = useText();
  const formats = useFormats();
  const { client } = useEngine();
  const online = useOnline();
  const now = useNow(10_000);
  const check = useCommand(client.checkReachability);
  const { state, text: found, nextStep, checkedAtMs } = view.reachability;
  const busy = check.busy || state === 'checking';
  const facts: ReadonlyArray<readonly [string, string]> = [
    [text.orchestrator.listening, view.listening],
    [text.orchestrator.sessionsTaken, formats.integer(view.maxSessions)],
    ...(view.editable
      ? [[text.orchestrator.secret, view.secretSet ? text.orchestrator.secretSet : text.orchestrator.secretMissing] as const]
      : []),
  ];
  return (
    <Panel
      title={text.orchestrator.serviceUri}
      tools={
        view.editable ? (
          <Button isDisabled={!online || busy} onPress={() => check.run()}>
            {busy ? text.orchestrator.checking : text.orchestrator.check}
          </Button>
        ) : null
      }
    >
      <p className={css.uri}>
        <code>{view.serviceUri}</code>
      </p>
      {view.editable ? (
        <div className={css.reach} data-state={state} aria-live="polite">
          <ToneMark tone={reachTone(state)} size={20} />
          <div className={css.words}>
            <p>
              <strong>{text.orchestrator.reach[state]}</strong>
              {checkedAtMs === null ? null : (
                <span className={page.soft}>, {text.orchestrator.checked(formats.ago(checkedAtMs, now))}</span>
              )}
            </p>
            <p lang="en">{found}</p>
            {nextStep ? (
              <p>
                <strong>{text.nextStep}:</strong> <span lang="en">{nextStep}</span>
              </p>
            ) : null}
          </div>
        </div>
      ) : null}
      {check.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={check.error} />
        </p>
      ) : null}
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
