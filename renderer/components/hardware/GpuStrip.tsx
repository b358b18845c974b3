import { useSnapshot } from '../../app/engine-context.tsx';
import { hrefOf } from '../../app/route.ts';
import { shortName } from '../../model/names.ts';
import { verdictWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import { ToneMark } from '../icons.tsx';
import { Meter } from '../Meter.tsx';
import { Panel } from '../Panel.tsx';
import css from './GpuStrip.module.css';

/** The hardware in short; all of it is on its own page. */
export function GpuStrip() {
  const text = useText();
  const formats = useFormats();
  const hardware = useSnapshot((snapshot) => snapshot.hardware);
  const more = <a href={hrefOf('hardware')}>{text.home.gpuDetails}</a>;
  if (!hardware)
    return (
      <Panel title={text.hardware.gpus} tools={more}>
        <p>{text.hardware.looking}</p>
      </Panel>
    );
  const words = verdictWords(hardware.verdict, text);
  if (hardware.gpus.length === 0)
    return (
      <Panel title={text.hardware.gpus} tools={more}>
        <p className={css.verdict}>
          <ToneMark tone="draining" size={18} /> <strong lang={words.title.lang}>{words.title.text}</strong>
        </p>
        <p className={css.soft} lang="en">
          {hardware.verdict.text}
        </p>
        {words.nextStep ? (
          <p className={css.soft}>
            <strong>{text.nextStep}:</strong> <span lang={words.nextStep.lang}>{words.nextStep.text}</span>
          </p>
        ) : null}
      </Panel>
    );
  return (
    <Panel title={text.hardware.gpus} tools={more}>
      <ul className={css.list}>
        {hardware.gpus.map((gpu) => (
          <li key={gpu.uuid} className={css.gpu}>
            <div className={css.line}>
              <ToneMark tone={gpu.state === 'ok' ? 'working' : gpu.state === 'disabled' ? 'stopped' : 'problem'} size={14} />
              <strong>{shortName(gpu.name)}</strong>
              <span className="number">
                {gpu.state !== 'ok'
                  ? text.hardware.state[gpu.state]
                  : gpu.sample?.temperatureC == null
                    ? ''
                    : text.hardware.degrees(formats.integer(gpu.sample.temperatureC))}
              </span>
            </div>
            {gpu.state === 'ok' ? (
              <Meter
                label={text.hardware.encoder}
                share={gpu.sample?.encoderPercent == null ? null : gpu.sample.encoderPercent / 100}
                value={gpu.sample?.encoderPercent == null ? text.unknown : formats.percent(gpu.sample.encoderPercent)}
              />
            ) : (
              <p className={css.soft} lang="en">
                {gpu.stateReason}
              </p>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
