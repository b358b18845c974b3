import type { Estimate, MeasureTrial } from '../../../engine/api/estimate.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand, useNow } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { shortName } from '../../model/names.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './MeasurePanel.module.css';

/** Share of real time up to which a trial counts as kept up; the engine's own limit. */
const KEEPS_UP = 0.8;

/** Measures how many streams this machine takes, with each trial as it comes, and a way to stop. */
export function MeasurePanel() {
  const text = useText().welcome.earnings;
  const { client } = useEngine();
  const online = useOnline();
  const estimate = useSnapshot((snapshot) => snapshot.estimate);
  const measure = useCommand(client.measure);
  const cancel = useCommand(client.cancelMeasure);
  const { measurement, streams } = estimate;
  const running = measurement.state === 'running';
  const error = measure.error ?? cancel.error ?? measurement.error;
  return (
    <Panel
      title={text.measure}
      tools={
        running ? (
          <Button isDisabled={!online || cancel.busy} onPress={() => cancel.run()}>
            {text.cancel}
          </Button>
        ) : (
          <Button
            kind={streams === null ? 'primary' : 'plain'}
            isDisabled={!online || measure.busy}
            onPress={() => measure.run()}
          >
            {streams === null ? text.start : text.again}
          </Button>
        )
      }
    >
      <div className={css.body} aria-live="polite">
        {running ? <Running estimate={estimate} /> : streams === null ? null : <Result estimate={estimate} streams={streams} />}
        {!running && streams === null ? (
          <>
            <p className={page.soft}>{text.measureText}</p>
            <p>{text.notMeasured}</p>
          </>
        ) : null}
        {measurement.state === 'cancelled' ? <p className={page.soft}>{text.cancelled}</p> : null}
        {error ? (
          <p className={page.error} role="alert">
            <ErrorWords error={error} />
          </p>
        ) : null}
      </div>
    </Panel>
  );
}

function Running({ estimate: { measurement } }: { estimate: Estimate }) {
  const text = useText().welcome.earnings;
  const formats = useFormats();
  const now = useNow(250);
  const limitMs = measurement.limitMs ?? 1;
  const share = Math.min(1, Math.max(0, (now - (measurement.startedAtMs ?? now)) / limitMs));
  return (
    <>
      <p className={page.soft}>
        {text.measureText} {text.atMost(formats.duration(limitMs))}
      </p>
      <div
        className={css.track}
        role="progressbar"
        aria-label={text.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span className={css.fill} style={{ transform: `scaleX(${share})` }} />
      </div>
      {measurement.trials.length === 0 ? <p>{text.preparing}</p> : <Trials trials={measurement.trials} />}
    </>
  );
}

function Trials({ trials }: { trials: readonly MeasureTrial[] }) {
  const text = useText().welcome.earnings;
  const formats = useFormats();
  const gpus = useSnapshot((snapshot) => snapshot.hardware?.gpus ?? null);
  const several = new Set(trials.map(({ device }) => device)).size > 1;
  const nameOf = (id: string) => shortName(gpus?.find(({ uuid }) => uuid === id)?.name ?? id);
  return (
    <ol className={css.trials}>
      {trials.map(({ device, sessions, ratio }, index) => {
        const ok = ratio !== null && ratio <= KEEPS_UP;
        const share = ratio === null ? '' : formats.percent(ratio * 100);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: trials are only ever added at the end
          <li key={index} data-ok={ok}>
            <Icon name={ok ? 'check' : 'cross'} size={16} />
            <span>
              {several ? `${nameOf(device)}: ` : ''}
              {text.trial(sessions, formats)}
            </span>
            <span className={`number ${page.soft}`}>
              {ratio === null ? text.trialFailed : ok ? text.trialOk(share) : text.trialSlow(share)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Result({ estimate, streams }: { estimate: Estimate; streams: number }) {
  const words = useText();
  const text = words.welcome.earnings;
  const formats = useFormats();
  return (
    <>
      <p className={`number ${css.result}`}>{text.result(streams, formats)}</p>
      <p className={page.soft}>
        {text.resultText(formats.list(estimate.ladder.map(({ name }) => name)), formats.integer(estimate.fps))}
      </p>
      <ul className={css.devices}>
        {estimate.devices.map(({ device, name, sessions, boundBy }) => (
          <li key={device} className="number">
            {text.device(shortName(name), text.trial(sessions, formats), words.hardware.boundBy[boundBy])}
          </li>
        ))}
      </ul>
    </>
  );
}
