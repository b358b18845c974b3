import type { NvencBudget } from '../../../engine/api/hardware.ts';
import { useNow } from '../../app/hooks.ts';
import { nvencCells } from '../../model/nvenc.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { Panel } from '../Panel.tsx';
import css from './NvencMeter.module.css';

/** The NVENC session budget as a row of cells: ours, other programs', free. */
export function NvencMeter({ budget }: { budget: NvencBudget }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(10_000);
  const cells = nvencCells(budget);
  const value =
    budget.total === null
      ? text.nvenc.usedUnlimited(formats.integer(budget.used), formats.integer(budget.testedUpTo))
      : text.nvenc.used(formats.integer(budget.used), formats.integer(budget.total));
  const others = Math.max(0, budget.used - budget.ours);
  const full = budget.total !== null && budget.used >= budget.total;
  return (
    <Panel title={text.nvenc.title} tools={<strong className={`number ${css.value}`}>{value}</strong>}>
      {/* biome-ignore lint/a11y/useSemanticElements: the browser's own meter has no cells */}
      <div
        className={css.cells}
        role="meter"
        aria-label={text.nvenc.title}
        aria-valuemin={0}
        aria-valuemax={budget.total ?? budget.testedUpTo}
        aria-valuenow={budget.used}
        aria-valuetext={value}
      >
        {cells.map((kind, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
          <span key={index} className={css.cell} data-kind={kind} />
        ))}
      </div>
      <ul className={css.legend}>
        <li>
          <span className={css.swatch} data-kind="ours" /> {text.nvenc.ours}{' '}
          <span className="number">{formats.integer(budget.ours)}</span>
        </li>
        {others > 0 ? (
          <li>
            <span className={css.swatch} data-kind="others" /> {text.nvenc.others}{' '}
            <span className="number">{formats.integer(others)}</span>
          </li>
        ) : null}
        {budget.total === null ? null : (
          <li>
            <span className={css.swatch} data-kind="free" /> {text.nvenc.free}{' '}
            <span className="number">{formats.integer(Math.max(0, budget.total - budget.used))}</span>
          </li>
        )}
      </ul>
      {full ? <p className={css.full}>{text.nvenc.full}</p> : null}
      <p className={css.explain}>
        {text.nvenc.explain} ({text.nvenc.measured(formats.ago(budget.measuredAtMs, now))})
      </p>
    </Panel>
  );
}
