import type { OrchestratorView } from '../../../engine/api/orchestrator.ts';
import { useNow } from '../../app/hooks.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { shortAddress } from '../../model/names.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OrchestratorPage.module.css';

const SHOWN = 20;

/** The streams that gateways send, and who transcodes them. */
export function GatewaySessions({ view }: { view: OrchestratorView }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(2_000);
  if (view.sessions.length === 0)
    return (
      <Panel title={text.orchestrator.sessions}>
        <EmptyState plain title={text.orchestrator.sessionsEmpty} text={text.orchestrator.sessionsEmptyText} />
      </Panel>
    );
  const nameOf = (id: string | null) => {
    const transcoder = view.transcoders.find((each) => each.id === id);
    return transcoder?.local ? text.orchestrator.thisMachine : (transcoder?.address ?? text.none);
  };
  const rest = view.sessionCount - Math.min(SHOWN, view.sessions.length);
  return (
    <Panel
      title={text.orchestrator.sessions}
      flush
      tools={
        <span className={`number ${page.soft}`}>
          {text.orchestrator.load(formats.integer(view.sessionCount), formats.integer(view.maxSessions))}
        </span>
      }
    >
      <div className={css.container}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{text.orchestrator.stream}</th>
              <th scope="col" className={css.wide}>
                {text.orchestrator.gateway}
              </th>
              <th scope="col">{text.orchestrator.transcoder}</th>
              <th scope="col" className={css.right}>
                {text.orchestrator.segments}
              </th>
              <th scope="col" className={`${css.right} ${css.middle}`}>
                {text.orchestrator.last}
              </th>
            </tr>
          </thead>
          <tbody>
            {view.sessions.slice(0, SHOWN).map((session) => (
              <tr key={session.id}>
                <td className={css.name} title={session.manifestId}>
                  {session.manifestId}
                </td>
                <td className={`${css.wide} ${css.name}`} title={session.gateway ?? undefined}>
                  {session.gateway === null ? (
                    <span className={page.soft}>{text.orchestrator.unknownGateway}</span>
                  ) : (
                    shortAddress(session.gateway)
                  )}
                </td>
                <td className={css.name}>{nameOf(session.transcoder)}</td>
                <td className={`number ${css.right}`}>
                  {formats.integer(session.segments)}
                  {session.failed > 0 ? (
                    <span className={css.failed}> {text.orchestrator.failedShort(session.failed, formats)}</span>
                  ) : null}
                </td>
                <td className={`number ${css.right} ${css.middle}`}>
                  {session.lastSegmentAtMs === null ? text.none : formats.ago(session.lastSegmentAtMs, now)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {rest > 0 ? <p className={`${page.soft} ${css.more}`}>{text.orchestrator.more(rest, formats)}</p> : null}
      </div>
    </Panel>
  );
}
