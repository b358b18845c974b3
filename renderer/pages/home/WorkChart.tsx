import { useMemo } from 'react';
import { useActivityColumns } from '../../app/activity.ts';
import { hrefOf } from '../../app/route.ts';
import { type ChartSeries, TimeChart } from '../../components/charts/TimeChart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import css from './WorkChart.module.css';

/** Finished segments per minute over the last ten minutes. */
export function WorkChart() {
  const text = useText();
  const formats = useFormats();
  const columns = useActivityColumns();
  const series = useMemo(
    (): readonly ChartSeries[] => [{ label: text.home.chart.label, color: '--hop-codec', values: columns.lastMinute }],
    [columns, text],
  );
  const { done, failed, mediaMs, totalMs } = columns.totals;
  const more = <a href={hrefOf('sessions')}>{text.home.chart.all}</a>;
  if (done === 0)
    return (
      <Panel title={text.home.chart.title} tools={more}>
        <EmptyState title={text.home.chart.empty} text={text.home.chart.emptyText} />
      </Panel>
    );
  const summary = text.charts.summary({
    done: formats.integer(done),
    failed: formats.integer(failed),
    factor: formats.factor(totalMs > 0 ? mediaMs / totalMs : undefined),
    mean: formats.ms(totalMs / done),
  });
  return (
    <Panel title={text.home.chart.title} tools={more}>
      <figure>
        <figcaption className={css.caption}>{text.home.chart.label}</figcaption>
        <TimeChart
          label={`${text.home.chart.label}. ${summary}`}
          time={columns.time}
          series={series}
          format={(value) => formats.integer(value)}
        />
      </figure>
      <p className={`number ${css.summary}`}>{summary}</p>
    </Panel>
  );
}
