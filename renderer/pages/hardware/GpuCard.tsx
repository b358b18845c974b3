import { memo } from 'react';
import type { DeviceUse } from '../../../engine/api/availability.ts';
import type { Gpu, GpuSample, Probe } from '../../../engine/api/hardware.ts';
import { Icon, ToneMark } from '../../components/icons.tsx';
import { Meter } from '../../components/Meter.tsx';
import { Sparkline } from '../../components/Sparkline.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import { DeviceControls } from './DeviceControls.tsx';
import css from './GpuCard.module.css';

interface GpuCardProps {
  readonly gpu: Gpu;
  readonly trail: readonly GpuSample[];
  /** How work uses it; absent where none can run on it. */
  readonly device: DeviceUse | undefined;
}

/** One GPU: state, switch, sensors, what it was tried to do. Unknown numbers are said to be unknown. */
export const GpuCard = memo(function GpuCard({ gpu, trail, device }: GpuCardProps) {
  const text = useText();
  return (
    <li className={css.card}>
      <div className={css.head}>
        <ToneMark tone={gpu.state === 'ok' ? 'working' : gpu.state === 'disabled' ? 'stopped' : 'problem'} size={18} />
        <h2>{gpu.name}</h2>
        <span className={css.state} data-state={gpu.state}>
          {text.hardware.state[gpu.state]}
        </span>
      </div>
      {gpu.stateReason ? (
        <p className={css.reason} lang="en">
          {gpu.stateReason}
        </p>
      ) : null}
      {device ? <DeviceControls device={device} /> : null}
      {gpu.sample ? (
        <Sensors gpu={gpu} sample={gpu.sample} trail={trail} />
      ) : (
        <p className={css.soft}>{text.hardware.noSample}</p>
      )}
      <Abilities gpu={gpu} />
      <p className={`number ${css.soft}`}>
        #{gpu.index}, {gpu.pciBusId}, {text.hardware.driver(gpu.driverVersion)}
      </p>
      <p className={css.uuid}>
        <code>{gpu.uuid}</code>
      </p>
    </li>
  );
});

function Sensors({ gpu, sample, trail }: { gpu: Gpu; sample: GpuSample; trail: readonly GpuSample[] }) {
  const text = useText();
  const formats = useFormats();
  const percent = (value: number | null) => (value === null ? text.unknown : formats.percent(value));
  const curves = [
    ['encoder', sample.encoderPercent, 'var(--hop-codec)', trail.map((item) => item.encoderPercent)],
    ['decoder', sample.decoderPercent, 'var(--hop-download)', trail.map((item) => item.decoderPercent)],
    ['compute', sample.utilisationPercent, 'var(--hop-handoff)', trail.map((item) => item.utilisationPercent)],
  ] as const;
  return (
    <>
      <dl className={css.readings}>
        <div>
          <dt>{text.hardware.temperature}</dt>
          <dd className="number" data-hot={(sample.temperatureC ?? 0) >= 84}>
            {sample.temperatureC === null ? text.unknown : text.hardware.degrees(formats.integer(sample.temperatureC))}
          </dd>
        </div>
        <div>
          <dt>{text.hardware.power}</dt>
          <dd className="number">
            {sample.powerW === null
              ? text.unknown
              : sample.powerLimitW === null
                ? text.hardware.watts(formats.integer(sample.powerW))
                : text.hardware.powerOf(formats.integer(sample.powerW), formats.integer(sample.powerLimitW))}
          </dd>
        </div>
        <div>
          <dt>{text.hardware.encodes}</dt>
          <dd className="number">{sample.nvencSessions === null ? text.unknown : formats.integer(sample.nvencSessions)}</dd>
        </div>
      </dl>
      <div className={css.curves}>
        {curves.map(([name, value, color, values]) => (
          <div key={name}>
            <p className={css.curveHead}>
              <span>{text.hardware[name]}</span>
              <strong className="number">{percent(value)}</strong>
            </p>
            <Sparkline values={values} max={100} color={color} label={text.hardware.trail(text.hardware[name], percent(value))} />
          </div>
        ))}
      </div>
      <Meter
        label={text.hardware.vram}
        share={sample.memoryUsedBytes === null || !gpu.memoryTotalBytes ? null : sample.memoryUsedBytes / gpu.memoryTotalBytes}
        high={0.92}
        value={
          sample.memoryUsedBytes === null
            ? text.unknown
            : text.hardware.of(
                formats.memory(sample.memoryUsedBytes),
                gpu.memoryTotalBytes === null ? text.unknown : formats.memory(gpu.memoryTotalBytes),
              )
        }
      />
    </>
  );
}

function Abilities({ gpu }: { gpu: Gpu }) {
  const text = useText();
  const { abilities } = gpu;
  if (!abilities)
    return (
      <p className={css.soft}>
        {text.hardware.abilities}: {text.hardware.notTried}
      </p>
    );
  const rows: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, Probe]>]> = [
    [
      text.hardware.encode,
      [
        ['H.264', abilities.encode.h264],
        ['HEVC', abilities.encode.hevc],
        ['AV1', abilities.encode.av1],
      ],
    ],
    [
      text.hardware.decode,
      [
        ['H.264', abilities.decode.h264],
        ['HEVC', abilities.decode.hevc],
      ],
    ],
    [text.hardware.scale, [['CUDA', abilities.scale]]],
  ];
  return (
    <section className={css.abilities}>
      <h3>{text.hardware.abilities}</h3>
      {rows.map(([title, probes]) => (
        <div key={title} className={css.abilityRow}>
          <span>{title}</span>
          <ul>
            {probes.map(([name, probe]) => (
              <li key={name} className={css.ability} data-ok={probe.ok}>
                <Icon name={probe.ok ? 'check' : 'cross'} size={14} />
                {name}
                <span className="visually-hidden">{probe.ok ? text.hardware.works : text.hardware.worksNot}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {rows
        .flatMap(([title, probes]) => probes.map(([name, probe]) => ({ title, name, probe })))
        .filter(({ probe }) => !probe.ok && probe.reason)
        .map(({ title, name, probe }) => (
          <p key={`${title}${name}`} className={css.soft}>
            {title} {name}: <span lang="en">{probe.reason}</span>
          </p>
        ))}
    </section>
  );
}
