import { useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import type { AcceptResult, ConnectionTest, JoinTarget } from '../../../engine/api/invite.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { Panel } from '../../components/Panel.tsx';
import { linkStore } from '../../store/link-store.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import { AcceptPanel } from './AcceptPanel.tsx';
import { ConnectionPanel } from './ConnectionPanel.tsx';
import { JoinedPanel } from './JoinedPanel.tsx';
import css from './join.module.css';
import { PoolsPanel } from './PoolsPanel.tsx';
import { TargetPanel } from './TargetPanel.tsx';

/** Typing is waited out so long before the text is read, milliseconds. */
const READ_AFTER_MS = 200;

/** Opens an invite: what it says, whether its orchestrator is reached, where earnings go, and then Join. */
export function JoinPage() {
  const words = useText().join;
  const opened = useStore(linkStore);
  const [text, setText] = useState(opened.text);
  const [joined, setJoined] = useState<AcceptResult | null>(null);
  const [secret, setSecret] = useState('');
  const [test, setTest] = useState<ConnectionTest | null>(null);
  const { target, error, reading } = useTarget(text);
  const change = (next: string) => {
    setText(next);
    setSecret('');
    setTest(null);
    setJoined(null);
  };
  const seen = useRef(opened.opened);
  useEffect(() => {
    if (opened.opened === seen.current) return;
    seen.current = opened.opened;
    change(opened.text);
  });
  if (joined) {
    return (
      <div className={page.page}>
        <h1>{words.title}</h1>
        <JoinedPanel joined={joined} onAnother={() => change('')} />
      </div>
    );
  }
  return (
    <div className={page.page}>
      <h1>{words.title}</h1>
      <p className={css.lead}>{words.lead}</p>
      <PastePanel text={text} error={error} reading={reading} onChange={change} />
      {target ? (
        <div className={css.columns}>
          <TargetPanel target={target} secret={secret} onSecret={setSecret} />
          <div className={css.column}>
            <ConnectionPanel text={text} secret={secret} test={test} onTest={setTest} />
            <AcceptPanel target={target} text={text} secret={secret} test={test} onJoined={setJoined} />
          </div>
        </div>
      ) : (
        <PoolsPanel onOpen={change} />
      )}
    </div>
  );
}

interface PasteProps {
  readonly text: string;
  readonly error: ErrorInfo | null;
  readonly reading: boolean;
  readonly onChange: (text: string) => void;
}

function PastePanel({ text, error, reading, onChange }: PasteProps) {
  const id = useId();
  const words = useText().join;
  return (
    <Panel
      title={words.paste}
      tools={
        text === '' ? null : (
          <Button kind="quiet" onPress={() => onChange('')}>
            {words.clear}
          </Button>
        )
      }
    >
      <div className={css.field}>
        <textarea
          className={css.mono}
          value={text}
          rows={3}
          maxLength={20_000}
          spellCheck={false}
          autoComplete="off"
          placeholder="siphon://join?…"
          aria-label={words.paste}
          aria-invalid={error !== null}
          aria-describedby={`${id}-said`}
          onChange={(event) => onChange(event.target.value)}
        />
        <div id={`${id}-said`} aria-live="polite">
          {error ? (
            <p className={page.error} lang="en">
              <ErrorWords error={error} />
            </p>
          ) : (
            <p className={page.soft}>{reading ? words.reading : words.pasteHint}</p>
          )}
        </div>
      </div>
    </Panel>
  );
}

/** What the engine reads in a text; it has the only rules for it. */
function useTarget(text: string) {
  const { client } = useEngine();
  const [found, setFound] = useState<{ text: string; target: JoinTarget | null; error: ErrorInfo | null }>({
    text: '',
    target: null,
    error: null,
  });
  const wanted = text.trim() === '' ? '' : text;
  useEffect(() => {
    if (wanted === '') return;
    let current = true;
    const timer = setTimeout(() => {
      client.invites.inspect(wanted).then(
        (target) => current && setFound({ text: wanted, target, error: null }),
        (error: unknown) => current && setFound({ text: wanted, target: null, error: errorInfoOf(error) }),
      );
    }, READ_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted, client]);
  const known = wanted !== '' && found.text === wanted;
  return {
    target: known ? found.target : null,
    error: known ? found.error : null,
    reading: wanted !== '' && !known,
  };
}
