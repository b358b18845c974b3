import { type FormEvent, useId, useState } from 'react';
import { type Estimate, type EstimateRow, REFERENCE_PRICE, type SetEstimate } from '../../../engine/api/estimate.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formulaOf } from '../../model/estimate.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './PricesPanel.module.css';

/** Most rows that the engine keeps. */
const MOST_ROWS = 12;
const HOURS = Array.from({ length: 24 }, (_, index) => index + 1);

function tableOf({ hoursPerDay, rows }: Estimate): SetEstimate {
  return { hoursPerDay, rows: rows.map(({ id, name, price }) => ({ id, name, price })) };
}

/** The table of prices, each with its formula and sum. A change is sent when its field is left or Enter is pressed. */
export function PricesPanel() {
  const text = useText().welcome.earnings;
  const formats = useFormats();
  const id = useId();
  const { client } = useEngine();
  const online = useOnline();
  const estimate = useSnapshot((snapshot) => snapshot.estimate);
  const save = useCommand(client.setEstimate);
  const table = tableOf(estimate);
  const changeRow = (rowId: string, part: { name?: string; price?: string }) =>
    save.run({ ...table, rows: table.rows.map((row) => (row.id === rowId ? { ...row, ...part } : row)) });
  const add = () => {
    const price = table.rows[0]?.price ?? REFERENCE_PRICE.price;
    save.run({ ...table, rows: [...table.rows, { id: `own-${Date.now().toString(36)}`, name: text.newName, price }] });
  };
  return (
    <Panel title={text.prices}>
      <p className={page.soft}>{text.pricesText}</p>
      <ul className={css.rows}>
        {estimate.rows.map((row) => (
          <PriceRow
            key={row.id}
            row={row}
            estimate={estimate}
            onChange={(part) => changeRow(row.id, part)}
            onRemove={
              estimate.rows.length > 1
                ? () => save.run({ ...table, rows: table.rows.filter((other) => other.id !== row.id) })
                : undefined
            }
          />
        ))}
      </ul>
      {save.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={save.error} />
        </p>
      ) : null}
      <div className={css.tools}>
        <Button isDisabled={!online || save.busy || estimate.rows.length >= MOST_ROWS} onPress={add}>
          {text.add}
        </Button>
        <label className={css.hours} htmlFor={`${id}-hours`}>
          {text.hours}
          <select
            id={`${id}-hours`}
            value={estimate.hoursPerDay}
            disabled={!online}
            onChange={(event) => save.run({ ...table, hoursPerDay: Number(event.target.value) })}
          >
            {HOURS.map((hour) => (
              <option key={hour} value={hour}>
                {formats.integer(hour)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p className={css.source}>{text.referenceText(REFERENCE_PRICE.source)}</p>
    </Panel>
  );
}

interface PriceRowProps {
  readonly row: EstimateRow;
  readonly estimate: Estimate;
  readonly onChange: (part: { name?: string; price?: string }) => void;
  readonly onRemove: (() => void) | undefined;
}

function PriceRow({ row, estimate, onChange, onRemove }: PriceRowProps) {
  const text = useText().welcome.earnings;
  const formats = useFormats();
  const name = row.name === '' ? text.reference : row.name;
  const formula = formulaOf(row, estimate, formats);
  return (
    <li className={css.row}>
      <div className={css.fields}>
        <Field label={text.name} accessible={text.nameOf(name)} value={name} onCommit={(value) => onChange({ name: value })} />
        <Field
          label={text.price}
          accessible={text.priceOf(name)}
          value={row.price}
          onCommit={(value) => onChange({ price: value })}
        />
        {onRemove ? (
          <Button kind="quiet" iconOnly aria-label={text.remove(name)} onPress={onRemove}>
            <Icon name="close" size={16} />
          </Button>
        ) : null}
      </div>
      {formula ? (
        <div className={css.sum}>
          <p className={`number ${css.eth}`}>
            <strong>{text.perDay(formula.ethPerDay)}</strong>, {text.perMonth(formula.ethPerMonth)}
          </p>
          <p className={`number ${css.formula}`}>
            {text.formulaOf({
              streams: text.streams(estimate.streams ?? 0, formats),
              pixels: formula.pixelsPerSecond,
              hours: formula.hours,
              price: formula.price,
            })}{' '}
            {text.formulaSum(formula.weiPerDay)}
          </p>
        </div>
      ) : row.weiPerPixel === null ? (
        <p className={page.soft}>{text.noRate}</p>
      ) : null}
    </li>
  );
}

interface FieldProps {
  readonly label: string;
  readonly accessible: string;
  readonly value: string;
  readonly onCommit: (value: string) => void;
}

/** A text that is sent when it is left or Enter is pressed, and only when it changed. */
function Field({ label, accessible, value, onCommit }: FieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const commit = () => {
    const next = draft?.trim() ?? '';
    setDraft(null);
    if (next !== '' && next !== value) onCommit(next);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    commit();
  };
  return (
    <form className={css.field} onSubmit={submit}>
      <span aria-hidden="true">{label}</span>
      <input
        aria-label={accessible}
        value={draft ?? value}
        maxLength={60}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
      />
    </form>
  );
}
