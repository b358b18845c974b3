import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useWidth } from '../../app/hooks.ts';
import { useFormats } from '../../text/text.tsx';
import css from './TimeChart.module.css';
import { useDocumentTheme } from './useDocumentTheme.ts';

/** One line or area of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Name of a colour token, e.g. `--hop-codec`. */
  readonly color: string;
  readonly values: ReadonlyArray<number | null>;
  /** Filled down to zero; list the largest first. */
  readonly area?: boolean;
}

interface TimeChartProps {
  /** Seconds since the Unix epoch. */
  readonly time: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Writes a value of the scale. */
  readonly format: (value: number) => string;
  /** A horizontal line that means something, e.g. 1× real time. */
  readonly threshold?: number;
  readonly height?: number;
  readonly label: string;
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A live chart over time. Draws on a canvas, so its content is given in words and as a table beside it. */
export function TimeChart({ time, series, format, threshold, height = 180, label }: TimeChartProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const chart = useRef<uPlot | null>(null);
  const theme = useDocumentTheme();
  const formats = useFormats();
  const latest = useRef({ time, series, format });
  latest.current = { time, series, format };
  const names = series.map((line) => line.label).join('|');

  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and names stand for what the chart is made of; values come below
  useEffect(() => {
    const element = frame.current;
    if (!element || width === 0) return;
    const axis = {
      stroke: token('--ink-soft'),
      font: '12px system-ui, sans-serif',
      grid: { stroke: token('--line'), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width,
        height,
        cursor: { y: false, points: { size: 7 } },
        legend: { show: false },
        padding: [10, 20, 0, 0],
        scales: {
          x: { time: true },
          y: { range: (_, __, max) => [0, Math.max(threshold === undefined ? 0.1 : threshold * 1.4, max * 1.12)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            space: 80,
            incrs: [60, 120, 300, 600],
            values: (_, splits) => splits.map((at) => formats.clock(at * 1000)),
            grid: { show: false },
          },
          { ...axis, size: 58, space: 36, values: (_, splits) => splits.map((value) => latest.current.format(value)) },
        ],
        series: [
          {},
          ...latest.current.series.map((line) => ({
            label: line.label,
            stroke: token(line.color),
            width: line.area ? 1 : 2,
            spanGaps: true,
            points: { show: false },
            ...(line.area ? { fill: token(line.color) } : {}),
          })),
        ],
        hooks: {
          draw: [
            (self) => {
              if (threshold !== undefined) drawThreshold(self, threshold);
            },
          ],
        },
      },
      dataOf(latest.current),
      element,
    );
    chart.current = plot;
    return () => {
      chart.current = null;
      plot.destroy();
    };
  }, [width, height, theme, names, threshold, formats]);

  useEffect(() => {
    chart.current?.setData(dataOf({ time, series }));
  }, [time, series]);

  return <div ref={frame} className={css.chart} style={{ height }} role="img" aria-label={label} />;
}

function dataOf({ time, series }: Pick<TimeChartProps, 'time' | 'series'>): uPlot.AlignedData {
  return [[...time], ...series.map((line) => [...line.values])];
}

function drawThreshold(plot: uPlot, value: number): void {
  const y = Math.round(plot.valToPos(value, 'y', true));
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = token('--bad');
  ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
