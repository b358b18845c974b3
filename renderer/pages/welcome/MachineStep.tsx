import type { Hardware } from '../../../engine/api/hardware.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { VerdictCard } from '../../components/hardware/VerdictCard.tsx';
import { Icon } from '../../components/icons.tsx';
import { prospectOf } from '../../model/estimate.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './MachineStep.module.css';
import frame from './WelcomePage.module.css';

/** What this machine's GPUs can really do, as it turns out. */
export function MachineStep() {
  const text = useText().welcome.machine;
  const { client } = useEngine();
  const online = useOnline();
  const hardware = useSnapshot((snapshot) => snapshot.hardware);
  const again = useCommand(client.redetect);
  return (
    <div className={frame.stack} aria-busy={hardware === null || again.busy}>
      {hardware === null || again.busy ? <Looking /> : <Found hardware={hardware} />}
      {again.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={again.error} />
        </p>
      ) : null}
      {hardware === null ? null : (
        <div>
          <Button isDisabled={!online || again.busy} onPress={() => again.run()}>
            {again.busy ? text.lookingAgain : text.again}
          </Button>
        </div>
      )}
    </div>
  );
}

function Looking() {
  const text = useText().welcome.machine;
  return (
    <section className={css.looking}>
      <h2>{text.looking}</h2>
      <ul className={css.stages}>
        {text.stages.map((stage) => (
          <li key={stage}>
            <span className={css.pulse} aria-hidden="true" />
            {stage}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Found({ hardware }: { hardware: Hardware }) {
  const words = useText();
  const text = words.welcome.machine;
  const formats = useFormats();
  const prospect = prospectOf(hardware);
  const video = prospect === 'gpu' || prospect === 'some-gpus';
  return (
    <>
      <VerdictCard verdict={hardware.verdict} />
      {hardware.gpus.length > 0 ? (
        <ul className={css.gpus}>
          {hardware.gpus.map((gpu) => (
            <li key={gpu.uuid}>
              <strong>{gpu.name}</strong>
              <span>
                {[
                  words.hardware.state[gpu.state],
                  gpu.memoryTotalBytes === null ? null : formats.memory(gpu.memoryTotalBytes),
                  words.hardware.driver(gpu.driverVersion),
                ]
                  .filter((part) => part !== null)
                  .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <dl className={css.prospects}>
        <Prospect title={text.video} mark={video ? 'good' : 'partly'} text={text.prospects[prospect].video} />
        <Prospect title={text.earning} mark={video ? 'good' : 'no'} text={text.prospects[prospect].earning} />
        <Prospect title={text.ai} mark="no" text={text.aiText} />
      </dl>
    </>
  );
}

const MARKS = { good: 'check', partly: 'minus', no: 'cross' } as const;

function Prospect({ title, mark, text }: { title: string; mark: keyof typeof MARKS; text: string }) {
  return (
    <div>
      <dt>
        <span className={css.mark} data-mark={mark} aria-hidden="true">
          <Icon name={MARKS[mark]} size={14} />
        </span>
        {title}
      </dt>
      <dd>{text}</dd>
    </div>
  );
}
