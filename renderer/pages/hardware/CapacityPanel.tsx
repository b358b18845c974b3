import type { Hardware } from '../../../engine/api/hardware.ts';
import type { Capacity } from '../../../engine/api/media.ts';
import { Panel } from '../../components/Panel.tsx';
import { shortName } from '../../model/names.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './HardwarePage.module.css';

/** How many streams this machine takes, and what bounds it. */
export function CapacityPanel({ capacity, hardware }: { capacity: Capacity; hardware: Hardware }) {
  const text = useText();
  const formats = useFormats();
  const nameOf = (device: string) => shortName(hardware.gpus.find((gpu) => gpu.uuid === device)?.name ?? hardware.cpu.model);
  return (
    <Panel title={text.hardware.capacity}>
      <p className={`number ${css.capacity}`}>{text.hardware.capacityText(capacity.sessions, formats)}</p>
      <p className={page.soft}>{text.hardware.capacitySource[capacity.source]}</p>
      <ul className={css.devices}>
        {capacity.devices.map((device) => (
          <li key={device.device}>
            <span>
              {nameOf(device.device)}
              <span className={css.bound}>
                {device.quarantined ? text.hardware.quarantined : text.hardware.boundBy[device.boundBy]}
              </span>
            </span>
            <strong className="number">{formats.integer(device.sessions)}</strong>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
