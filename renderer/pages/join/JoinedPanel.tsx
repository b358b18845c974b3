import { useEffect, useRef, useState } from 'react';
import type { AcceptResult, PreviousChoice } from '../../../engine/api/invite.ts';
import type { OrchestratorLink } from '../../../engine/api/snapshot.ts';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { Icon, ToneMark } from '../../components/icons.tsx';
import type { Tone } from '../../model/status.ts';
import type { Catalogue } from '../../text/en.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './join.module.css';

const TONES: Readonly<Record<OrchestratorLink['state'], Tone>> = {
  connecting: 'connecting',
  registered: 'waiting',
  waiting: 'problem',
  refused: 'problem',
  closed: 'stopped',
};

/** What joining came to, with the registration as it goes, and the way back. */
export function JoinedPanel({ joined, onAnother }: { joined: AcceptResult; onAnother: () => void }) {
  const words = useText().join;
  const online = useOnline();
  const { client } = useEngine();
  const link = useSnapshot((snapshot) => snapshot.link);
  const [undone, setUndone] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const undo = useCommand(async () => {
    await client.invites.undo(joined.undo.id);
    setUndone(true);
  });
  // The form that had the focus is gone.
  useEffect(() => heading.current?.focus(), []);
  const state = link?.serviceUri === joined.serviceUri ? link.state : 'connecting';
  return (
    <section className={css.joined}>
      <h2 ref={heading} tabIndex={-1}>
        {undone ? words.undone : words.joined(joined.operator ?? joined.serviceUri)}
      </h2>
      {undone ? null : (
        <>
          <p className={css.state} aria-live="polite">
            <ToneMark tone={TONES[state]} />
            <span>{words.link[state]}</span>
          </p>
          {link?.error && state === link.state ? (
            <p className={page.error} lang="en">
              <ErrorWords error={link.error} />
            </p>
          ) : null}
          <p className={page.soft}>{words.joinedText(beforeText(joined.undo.previous, words))}</p>
        </>
      )}
      {undo.error ? (
        <p className={page.error} role="alert" lang="en">
          <ErrorWords error={undo.error} />
        </p>
      ) : null}
      <div className={page.tools}>
        <Button kind="primary" onPress={() => goTo('home')}>
          {words.home}
        </Button>
        {undone ? null : (
          <Button isDisabled={!online || undo.busy} onPress={() => undo.run()}>
            <Icon name="undo" size={16} /> {undo.busy ? words.undoing : words.undo}
          </Button>
        )}
        <Button kind="quiet" onPress={onAnother}>
          {words.another}
        </Button>
      </div>
    </section>
  );
}

function beforeText({ deploymentType, serviceUri, operator }: PreviousChoice, { before }: Catalogue['join']): string {
  if (deploymentType === 'practice') return before.practice;
  if (deploymentType === 'solo' || deploymentType === 'pool-operator') return before.own;
  return serviceUri === null ? before.none : before.orchestrator(operator ?? serviceUri);
}
