import { useState } from 'react';
import type { OrchestratorPrices, PriceEntry } from '../../../engine/api/orchestrator.ts';
import { useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { Panel } from '../../components/Panel.tsx';
import { shortAddress } from '../../model/names.ts';
import { priceInWords } from '../../model/orchestrator.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OrchestratorPage.module.css';
import { PriceEditor } from './PriceEditor.tsx';

/** What gateways are asked for, and the editor to change it. */
export function PricesPanel({ prices }: { prices: OrchestratorPrices }) {
  const text = useText();
  const online = useOnline();
  const [editing, setEditing] = useState(false);
  return (
    <Panel
      title={text.orchestrator.prices}
      tools={
        editing ? null : (
          <Button isDisabled={!online} onPress={() => setEditing(true)}>
            {text.orchestrator.edit}
          </Button>
        )
      }
    >
      <p className={page.soft}>{text.orchestrator.pricesText}</p>
      {editing ? <PriceEditor prices={prices} onClose={() => setEditing(false)} /> : <PriceList prices={prices} />}
    </Panel>
  );
}

function PriceList({ prices }: { prices: OrchestratorPrices }) {
  const text = useText();
  return (
    <>
      <dl className={css.prices}>
        <PriceLine name={text.orchestrator.base} entry={prices.base} />
      </dl>
      <h3 className={css.subtitle}>{text.orchestrator.perGateway}</h3>
      {prices.perGateway.length === 0 ? (
        <p className={page.soft}>{text.orchestrator.perGatewayEmpty}</p>
      ) : (
        <dl className={css.prices}>
          {prices.perGateway.map((entry) => (
            <PriceLine key={entry.gateway} name={entry.gateway} entry={entry} />
          ))}
        </dl>
      )}
      {prices.perCapability.length > 0 ? (
        <>
          <h3 className={css.subtitle}>{text.orchestrator.perCapability}</h3>
          <dl className={css.prices}>
            {prices.perCapability.map((entry) => (
              <PriceLine key={entry.capability} name={entry.capability} entry={entry} />
            ))}
          </dl>
        </>
      ) : null}
    </>
  );
}

function PriceLine({ name, entry }: { name: string; entry: PriceEntry }) {
  const text = useText();
  const formats = useFormats();
  const worth = priceInWords(entry.price, text, formats);
  return (
    <div>
      <dt className={css.name} title={name}>
        {shortAddress(name)}
      </dt>
      <dd className="number">
        <strong>{entry.text}</strong>
        <span className={page.soft}>{worth}</span>
      </dd>
    </div>
  );
}
