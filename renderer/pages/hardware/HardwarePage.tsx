import { useEngine, useEngineState, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { NvencMeter } from '../../components/hardware/NvencMeter.tsx';
import { VerdictCard } from '../../components/hardware/VerdictCard.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { CapacityPanel } from './CapacityPanel.tsx';
import { DeviceControls } from './DeviceControls.tsx';
import { GpuCard } from './GpuCard.tsx';
import css from './HardwarePage.module.css';

/** What this machine works with, live. */
export function HardwarePage() {
  const text = useText();
  const formats = useFormats();
  const { client } = useEngine();
  const online = useOnline();
  const hardware = useSnapshot((snapshot) => snapshot.hardware);
  const capacity = useSnapshot((snapshot) => snapshot.capacity);
  const devices = useSnapshot((snapshot) => snapshot.availability.devices);
  const cpu = devices.find(({ id }) => id === 'cpu');
  const trails = useEngineState((state) => state.gpuTrails);
  const redetect = useCommand(client.redetect);
  return (
    <div className={page.page}>
      <div className={page.head}>
        <h1>{text.hardware.title}</h1>
        <Button isDisabled={!online || redetect.busy} onPress={() => redetect.run()}>
          {redetect.busy ? text.hardware.looking : text.hardware.redetect}
        </Button>
      </div>
      {redetect.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={redetect.error} />
        </p>
      ) : null}
      {hardware ? (
        <>
          <VerdictCard verdict={hardware.verdict} />
          {hardware.gpus.length > 0 ? (
            <section aria-label={text.hardware.gpus}>
              <ul className={css.gpus}>
                {hardware.gpus.map((gpu) => (
                  <GpuCard
                    key={gpu.uuid}
                    gpu={gpu}
                    trail={trails[gpu.uuid] ?? []}
                    device={devices.find(({ id }) => id === gpu.uuid)}
                  />
                ))}
              </ul>
            </section>
          ) : null}
          <div className={css.columns}>
            {hardware.nvenc ? <NvencMeter budget={hardware.nvenc} /> : null}
            {capacity ? <CapacityPanel capacity={capacity} hardware={hardware} /> : null}
            <Panel title={text.hardware.cpu}>
              <p>{hardware.cpu.model}</p>
              <p className={`number ${page.soft}`}>
                {text.hardware.cores(hardware.cpu.cores, formats)},{' '}
                {text.hardware.memory(formats.memory(hardware.cpu.memoryBytes))}
              </p>
              {cpu ? <DeviceControls device={cpu} /> : null}
            </Panel>
          </div>
        </>
      ) : (
        <p className={page.soft}>{text.hardware.looking}</p>
      )}
    </div>
  );
}
