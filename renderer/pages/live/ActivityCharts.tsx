import { useMemo } from 'react';
import { useActivityColumns } from '../../app/activity.ts';
import { type ChartSeries, TimeChart } from '../../components/charts/TimeChart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { HopLegend } from '../../components/HopBar.tsx';
import { Panel } from '../../components/Panel.tsx';
import type { ActivityColumns } from '../../model/activity.ts';
import { HOP_NAMES } from '../../model/hops.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './ActivityCharts.module.css';

/** Speed and time per segment over the last ten minutes, drawn, in words, and as a table. */
export function ActivityCharts() {
  const text = useText();
  const formats = useFormats();
  const columns = useActivityColumns();
  const speed = useMemo(
    (): readonly ChartSeries[] => [{ label: text.charts.speed, color: '--hop-codec', values: columns.realtimeFactor }],
    [columns, text],
  );
  const time = useMemo(
    (): readonly ChartSeries[] =>
      HOP_NAMES.map((hop) => ({
        label: text.hops[hop],
        color: `--hop-${hop}`,
        values: columns.stacked[hop],
        area: true,
      })).reverse(),
    [columns, text],
  );
  const { done, failed, mediaMs, totalMs } = columns.totals;
  const summary = text.charts.summary({
    done: formats.integer(done),
    failed: formats.integer(failed),
    factor: formats.factor(totalMs > 0 ? mediaMs / totalMs : undefined),
    mean: done > 0 ? formats.ms(totalMs / done) : text.none,
  });
  if (done === 0)
    return (
      <Panel title={text.charts.title}>
        <EmptyState plain title={text.charts.empty} />
      </Panel>
    );
  return (
    <Panel title={text.charts.title}>
      <p className={`number ${css.summary}`}>{summary}</p>
      <div className={css.charts}>
        <figure>
          <figcaption>
            <h3>{text.charts.speed}</h3>
            <p>{text.charts.speedText}</p>
          </figcaption>
          <TimeChart
            label={`${text.charts.speed}. ${summary}`}
            time={columns.time}
            series={speed}
            threshold={1}
            format={(value) => formats.factor(value)}
          />
        </figure>
        <figure>
          <figcaption>
            <h3>{text.charts.time}</h3>
            <p>{text.charts.timeText}</p>
          </figcaption>
          <TimeChart
            label={`${text.charts.time}. ${summary}`}
            time={columns.time}
            series={time}
            format={(value) => formats.ms(value)}
          />
          <HopLegend />
        </figure>
      </div>
      <details className={css.details}>
        <summary>{text.charts.table}</summary>
        <ColumnsTable columns={columns} />
      </details>
    </Panel>
  );
}

function ColumnsTable({ columns }: { columns: ActivityColumns }) {
  const text = useText();
  const formats = useFormats();
  const rows = columns.time.flatMap((at, index) => {
    const total = columns.stacked.upload[index];
    return total == null
      ? []
      : [{ at, total, factor: columns.realtimeFactor[index] ?? undefined, rate: columns.perMinute[index] ?? 0 }];
  });
  return (
    <table className={`number ${css.table}`}>
      <thead>
        <tr>
          <th scope="col">{text.charts.at}</th>
          <th scope="col">{text.charts.rate}</th>
          <th scope="col">{text.charts.speed}</th>
          <th scope="col">{text.charts.time}</th>
        </tr>
      </thead>
      <tbody>
        {rows
          .slice(-24)
          .reverse()
          .map((row) => (
            <tr key={row.at}>
              <th scope="row">{formats.clockSeconds(row.at * 1000)}</th>
              <td>{formats.integer(row.rate)}</td>
              <td>{formats.factor(row.factor)}</td>
              <td>{formats.ms(row.total)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
