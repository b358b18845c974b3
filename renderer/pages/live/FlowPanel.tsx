import { memo, useMemo } from 'react';
import type { OrchestratorLink, RunStateName } from '../../../engine/api/snapshot.ts';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useWidth } from '../../app/hooks.ts';
import { useSampledSnapshot } from '../../app/sampled.ts';
import { HopLegend } from '../../components/HopBar.tsx';
import { Panel } from '../../components/Panel.tsx';
import { flowGeometry, liquidPath } from '../../model/flow-geometry.ts';
import { HOP_NAMES, hopMs, recentHops } from '../../model/hops.ts';
import { hostOf, profileLabel } from '../../model/names.ts';
import { isPractice } from '../../model/status.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { BudgetDial } from './BudgetDial.tsx';
import { FlowDrops } from './FlowDrops.tsx';
import css from './FlowPanel.module.css';

/** Times and sizes are medians that a person reads: shortest time between two of them, milliseconds. */
const FIGURES_EVERY_MS = 1_500;
/** The counter may move faster, milliseconds. */
const DELIVERED_EVERY_MS = 500;

/** A segment's way, live: from the orchestrator through this machine and back, with the time each hop takes. */
export function FlowPanel() {
  const text = useText();
  return (
    <Panel title={text.flow.title} unclipped>
      <FlowDiagram />
    </Panel>
  );
}

const FlowDiagram = memo(function FlowDiagram() {
  const text = useText();
  const formats = useFormats();
  const [ref, width] = useWidth<HTMLDivElement>();
  const segments = useSampledSnapshot((snapshot) => snapshot.segments, FIGURES_EVERY_MS);
  const recent = useMemo(() => recentHops(segments), [segments]);
  const link = useSnapshot((snapshot) => snapshot.link);
  const practice = useSnapshot(isPractice);
  const run = useSnapshot((snapshot) => snapshot.run.state);
  const delivered = useSampledSnapshot(
    (snapshot) => snapshot.sinceStart.segments - snapshot.sinceStart.failed,
    DELIVERED_EVERY_MS,
  );
  const newest = segments.find((segment) => segment.renditions.length > 0);
  const names = newest?.renditions.map((rendition) => rendition.name) ?? [];
  const geometry = useMemo(() => flowGeometry(width, names.length), [width, names.length]);
  // An orchestrator of one's own needs no link.
  const own = useSnapshot((snapshot) => (snapshot.orchestrator?.editable ? snapshot.orchestrator.serviceUri : null));
  const connected = link?.state === 'registered' || (own !== null && run !== 'paused');
  const moving = connected && (run === 'running' || run === 'draining');
  const linkState = own !== null && connected ? 'registered' : linkStateOf(run, link);
  const words = recent
    ? text.flow.describe({
        total: formats.ms(recent.hops.totalMs ?? 0),
        budget: formats.ms(recent.budgetMs),
        hops: HOP_NAMES.map((hop) => text.flow.share(text.hops[hop], formats.ms(hopMs(recent.hops, hop) ?? 0))).join(', '),
      })
    : text.flow.describeIdle;
  const at = (point: { x: number; y: number }) => ({ left: point.x, top: point.y });
  return (
    <div ref={ref} className={css.frame}>
      <p className="visually-hidden">{words}</p>
      {width === 0 ? null : (
        <div className={css.diagram} data-layout={geometry.layout} style={{ height: geometry.height }} aria-hidden="true">
          <svg aria-hidden="true" className={css.pipes} width={geometry.width} height={geometry.height}>
            <path d={geometry.inPipe.path} className={css.pipeEdge} />
            <path d={geometry.inPipe.path} className={css.pipe} />
            <path d={geometry.inPipe.path} className={moving ? css.streamIn : css.streamOff} />
            {geometry.outPipes.map(({ path }) => (
              <path key={`edge${path}`} d={path} className={css.strandEdge} />
            ))}
            {geometry.outPipes.map(({ path }) => (
              <path key={path} d={path} className={recent && moving ? css.strandOn : css.strand} />
            ))}
          </svg>
          <FlowDrops geometry={geometry} />
          <Vessel geometry={geometry} point={geometry.inlet} quiet={!connected} liquid="in" level={connected ? 0.6 : 0}>
            <strong>{practice ? text.flow.practice : own === null ? text.flow.orchestrator : text.orchestrator.flow.own}</strong>
            {own !== null ? <Host name={hostOf(own)} /> : link && !practice ? <Host name={hostOf(link.serviceUri)} /> : null}
            <span className={css.linkState} data-state={linkState}>
              {own !== null && connected ? text.orchestrator.flow.open : text.flow.linkState[linkState]}
            </span>
          </Vessel>
          <div className={css.label} style={at(geometry.downloadLabel)} data-hop="download">
            <span>{text.flow.download}</span>
            <strong className="number">{recent ? formats.ms(recent.hops.downloadMs ?? 0) : text.none}</strong>
            {recent ? <span className="number">{formats.bytes(recent.bytesIn)}</span> : null}
          </div>
          <BudgetDial geometry={geometry} recent={recent} runState={run} device={newest?.device} />
          <div className={css.label} style={at(geometry.uploadLabel)} data-hop="upload">
            <span>{text.flow.upload}</span>
            <strong className="number">{recent ? formats.ms(recent.hops.uploadMs ?? 0) : text.none}</strong>
            {recent ? <span className="number">{formats.bytes(recent.bytesOut)}</span> : null}
          </div>
          {geometry.strandLabels.map((point, index) =>
            names[index] === undefined ? null : (
              <span key={names[index]} className={css.strandName} style={at(point)}>
                {profileLabel(names[index])}
              </span>
            ),
          )}
          <Vessel geometry={geometry} point={geometry.outlet} quiet={!recent} liquid="out" level={recent ? 0.42 : 0}>
            <strong>{text.flow.delivered}</strong>
            <span className="number">{text.flow.deliveredCount(delivered, formats)}</span>
          </Vessel>
        </div>
      )}
      <HopLegend hops={recent?.hops} />
    </div>
  );
});

/** State of the way in, as a person sees it: while resting, a closed connection is as it should be. */
function linkStateOf(run: RunStateName, link: OrchestratorLink | null): OrchestratorLink['state'] | 'none' | 'resting' {
  if (link?.state !== 'registered' && (run === 'paused' || run === 'stopped')) return 'resting';
  return link?.state ?? (run === 'starting' ? 'connecting' : 'none');
}

/** A host that may break before its port. */
function Host({ name }: { name: string }) {
  const at = name.lastIndexOf(':');
  return (
    <span className={css.host} title={name}>
      {at > 0 ? name.slice(0, at) : name}
      <wbr />
      {at > 0 ? name.slice(at) : ''}
    </span>
  );
}

interface VesselProps {
  readonly geometry: ReturnType<typeof flowGeometry>;
  readonly point: { readonly x: number; readonly y: number };
  readonly quiet: boolean;
  readonly liquid: 'in' | 'out';
  /** How full it is drawn, 0–1. */
  readonly level: number;
  readonly children: React.ReactNode;
}

function Vessel({ geometry, point, quiet, liquid, level, children }: VesselProps) {
  const { width, height } = geometry.vessel;
  return (
    <div
      className={css.vessel}
      data-quiet={quiet}
      style={{ left: point.x - width / 2, top: point.y - height / 2, width, height }}
    >
      <svg aria-hidden="true" className={css.liquid} width={width} height={height}>
        {level > 0 ? <path d={liquidPath(width, height, level)} style={{ fill: `var(--liquid-${liquid})` }} /> : null}
      </svg>
      {children}
    </div>
  );
}
