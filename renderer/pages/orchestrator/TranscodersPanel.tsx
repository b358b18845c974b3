import type { OrchestratorTranscoder, OrchestratorView } from '../../../engine/api/orchestrator.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand, useNow } from '../../app/hooks.ts';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ToneMark } from '../../components/icons.tsx';
import { Meter } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './OrchestratorPage.module.css';

const SHOWN = 50;

/** Who transcodes for this orchestrator, and how busy each one is. */
export function TranscodersPanel({ view }: { view: OrchestratorView }) {
  const text = useText();
  const formats = useFormats();
  const rest = view.transcoderCount - Math.min(SHOWN, view.transcoders.length);
  return (
    <Panel title={text.orchestrator.transcoders}>
      {view.transcoders.length === 0 ? (
        <>
          <EmptyState plain title={text.orchestrator.transcodersEmpty} text={text.orchestrator.transcodersEmptyText} />
          <pre className={css.command}>{text.orchestrator.joinCommand(view.serviceUri)}</pre>
        </>
      ) : (
        <ul className={css.transcoders}>
          {view.transcoders.slice(0, SHOWN).map((transcoder) => (
            <TranscoderItem key={transcoder.id} transcoder={transcoder} editable={view.editable} />
          ))}
        </ul>
      )}
      {rest > 0 ? <p className={page.soft}>{text.orchestrator.more(rest, formats)}</p> : null}
    </Panel>
  );
}

function TranscoderItem({ transcoder, editable }: { transcoder: OrchestratorTranscoder; editable: boolean }) {
  const text = useText();
  const formats = useFormats();
  const now = useNow(5_000);
  const online = useOnline();
  const { client } = useEngine();
  const drain = useCommand(client.drainTranscoder);
  const remove = useCommand(client.removeTranscoder);
  const { id, capacity, load, failed, draining, local, lastFault } = transcoder;
  const name = local ? text.orchestrator.thisMachine : transcoder.address;
  const error = drain.error ?? remove.error;
  return (
    <li>
      <div className={css.line}>
        <ToneMark tone={draining ? 'draining' : load > 0 ? 'working' : 'waiting'} size={14} />
        <strong className={css.name}>{name}</strong>
        {draining ? <span className={css.state}>{text.orchestrator.draining}</span> : null}
        {editable && !local ? (
          <span className={page.tools}>
            {draining ? null : (
              <Button
                kind="quiet"
                aria-label={text.orchestrator.drainLabel(name)}
                isDisabled={!online || drain.busy}
                onPress={() => drain.run(id)}
              >
                {text.orchestrator.drain}
              </Button>
            )}
            <Button
              kind="quiet"
              aria-label={text.orchestrator.removeLabel(name)}
              isDisabled={!online || remove.busy}
              onPress={() => remove.run(id)}
            >
              {text.orchestrator.remove}
            </Button>
          </span>
        ) : null}
      </div>
      <Meter
        label={text.orchestrator.facts(
          {
            segments: transcoder.segments,
            median: transcoder.medianMs === null ? null : formats.ms(transcoder.medianMs),
            since: formats.ago(transcoder.connectedSinceMs, now),
          },
          formats,
        )}
        share={capacity > 0 ? load / capacity : null}
        high={0.99}
        value={text.orchestrator.load(formats.integer(load), formats.integer(capacity))}
      />
      {failed > 0 ? (
        <p className={css.fault}>
          {text.orchestrator.failedShort(failed, formats)}
          {lastFault ? (
            <>
              . {text.orchestrator.lastFault} <span lang="en">{lastFault}</span>
            </>
          ) : null}
        </p>
      ) : null}
      {error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={error} />
        </p>
      ) : null}
    </li>
  );
}
