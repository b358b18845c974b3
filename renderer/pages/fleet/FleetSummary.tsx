import { type Machine, sumFleet } from '../../model/fleet.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './fleet.module.css';

/** The whole fleet in one row. */
export function FleetSummary({ machines }: { machines: readonly Machine[] }) {
  const text = useText();
  const formats = useFormats();
  const words = text.fleet.sums;
  const sums = sumFleet(machines);
  const facts = [
    [words.machines, words.of(formats.integer(sums.live), formats.integer(sums.machines))],
    [
      words.streams,
      sums.capacity === null
        ? formats.integer(sums.streams)
        : words.of(formats.integer(sums.streams), formats.integer(sums.capacity)),
    ],
    [words.today, formats.duration(sums.mediaMs)],
    [words.hottest, sums.hottestC === null ? text.none : `${formats.integer(sums.hottestC)}\u00a0°C`],
    [words.problems, formats.integer(sums.problems)],
  ] as const;
  return (
    <section aria-label={words.title}>
      <dl className={css.sums}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
