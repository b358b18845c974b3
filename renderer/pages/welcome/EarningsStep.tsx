import { useSnapshot } from '../../app/engine-context.tsx';
import { prospectOf } from '../../model/estimate.ts';
import { useText } from '../../text/text.tsx';
import css from './EarningsStep.module.css';
import { MeasurePanel } from './MeasurePanel.tsx';
import { PricesPanel } from './PricesPanel.tsx';
import frame from './WelcomePage.module.css';

/** Measured streams × stated prices, with the formula and what it does not say. */
export function EarningsStep() {
  const text = useText().welcome.earnings;
  const prospect = useSnapshot(({ hardware }) => (hardware ? prospectOf(hardware) : null));
  const notes = [
    ...(prospect === 'no-encoder' ? [{ title: text.noEncoder, text: text.noEncoderText }] : []),
    ...(prospect === 'no-gpu' || prospect === 'driver' || prospect === 'trouble'
      ? [{ title: text.onCpu, text: text.onCpuText }]
      : []),
    { title: text.upperBound, text: text.upperBoundText },
  ];
  return (
    <div className={frame.stack}>
      <MeasurePanel />
      <PricesPanel />
      <ul className={css.notes}>
        {notes.map((note) => (
          <li key={note.title}>
            <strong>{note.title}.</strong> {note.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
