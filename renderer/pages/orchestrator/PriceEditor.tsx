import { type FormEvent, useId, useState } from 'react';
import type { OrchestratorPrices } from '../../../engine/api/orchestrator.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import {
  type PriceFaults,
  type PriceForm,
  type PriceRow,
  priceFaults,
  priceForm,
  pricesToSend,
} from '../../model/orchestrator.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './PriceEditor.module.css';

const NO_FAULTS: PriceFaults = new Map();

/** Changes the price for everyone and the table for single gateways. Nothing is sent before Save. */
export function PriceEditor({ prices, onClose }: { prices: OrchestratorPrices; onClose: () => void }) {
  const text = useText();
  const formats = useFormats();
  const id = useId();
  const online = useOnline();
  const { client } = useEngine();
  const [form, setForm] = useState<PriceForm>(() => priceForm(prices));
  const [faults, setFaults] = useState(NO_FAULTS);
  const save = useCommand(async (next: PriceForm) => {
    await client.setPrices(pricesToSend(next));
    onClose();
  });
  const change = (next: PriceForm) => {
    setForm(next);
    setFaults(NO_FAULTS);
  };
  const changeRow = (key: number, part: Partial<PriceRow>) =>
    change({ ...form, rows: form.rows.map((row) => (row.key === key ? { ...row, ...part } : row)) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const found = priceFaults(form);
    setFaults(found);
    if (found.size === 0) save.run(form);
  };
  const fault = (key: number | 'base') => {
    const kind = faults.get(key);
    return kind ? (
      <p id={`${id}-${key}-fault`} className={page.error} role="alert">
        {text.orchestrator.fault[kind]}
      </p>
    ) : null;
  };
  const describedBy = (key: number | 'base') => (faults.has(key) ? `${id}-${key}-fault` : `${id}-hint`);
  return (
    <form className={css.form} onSubmit={submit}>
      <div className={css.field}>
        <label htmlFor={`${id}-base`}>{text.orchestrator.base}</label>
        <input
          id={`${id}-base`}
          value={form.base}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={faults.has('base')}
          aria-describedby={describedBy('base')}
          onChange={(event) => change({ ...form, base: event.target.value })}
        />
        <p id={`${id}-hint`} className={page.soft}>
          {text.orchestrator.priceHint}
        </p>
        {fault('base')}
      </div>
      <fieldset className={css.table}>
        <legend>{text.orchestrator.perGateway}</legend>
        {form.rows.map((row, index) => {
          const number = formats.integer(index + 1);
          return (
            <div key={row.key} className={css.row}>
              <input
                className={css.address}
                value={row.gateway}
                placeholder="0x…"
                autoComplete="off"
                spellCheck={false}
                aria-label={`${text.orchestrator.gatewayAddress} ${number}`}
                aria-invalid={faults.get(row.key) === 'gateway' || faults.get(row.key) === 'twice'}
                aria-describedby={faults.has(row.key) ? describedBy(row.key) : undefined}
                onChange={(event) => changeRow(row.key, { gateway: event.target.value })}
              />
              <input
                value={row.price}
                placeholder="1000wei"
                autoComplete="off"
                spellCheck={false}
                aria-label={`${text.orchestrator.priceOf} ${number}`}
                aria-invalid={faults.get(row.key) === 'price'}
                aria-describedby={describedBy(row.key)}
                onChange={(event) => changeRow(row.key, { price: event.target.value })}
              />
              <Button
                kind="quiet"
                iconOnly
                aria-label={text.orchestrator.removeRow(number)}
                onPress={() => change({ ...form, rows: form.rows.filter(({ key }) => key !== row.key) })}
              >
                <Icon name="close" size={16} />
              </Button>
              {fault(row.key)}
            </div>
          );
        })}
        <Button
          onPress={() => {
            const key = Math.max(-1, ...form.rows.map((row) => row.key)) + 1;
            change({ ...form, rows: [...form.rows, { key, gateway: '', price: '' }] });
          }}
        >
          {text.orchestrator.add}
        </Button>
      </fieldset>
      {save.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={save.error} />
        </p>
      ) : null}
      <div className={page.tools}>
        <Button kind="primary" type="submit" isDisabled={!online || save.busy}>
          {save.busy ? text.orchestrator.saving : text.orchestrator.save}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {text.orchestrator.cancel}
        </Button>
      </div>
    </form>
  );
}
