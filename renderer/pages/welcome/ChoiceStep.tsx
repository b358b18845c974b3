import { type ReactNode, useId, useState } from 'react';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { Icon, type IconName } from '../../components/icons.tsx';
import { SecretConsent, useConsentNeeded } from '../../components/SecretConsent.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './ChoiceStep.module.css';
import { OwnOrchestratorForm } from './OwnOrchestratorForm.tsx';
import frame from './WelcomePage.module.css';

/** The ways to take part; each says what it asks for and what it brings. */
export function ChoiceStep() {
  const text = useText().welcome.choice;
  const { client } = useEngine();
  const online = useOnline();
  const [connecting, setConnecting] = useState(false);
  // Its own orchestrator makes a secret, too: what its transcoders must know.
  const needsConsent = useConsentNeeded();
  const [wantsSolo, setWantsSolo] = useState(false);
  const choose = useCommand(async (deploymentType: 'practice' | 'solo') => {
    await client.chooseWork({ deploymentType });
    goTo('home');
  });
  return (
    <div className={frame.stack}>
      <Way icon="pool" title={text.pool} text={text.poolText}>
        <Button kind="primary" onPress={() => goTo('join')}>
          {text.poolAction}
        </Button>
      </Way>
      <Way icon="link" title={text.own} text={text.ownText} below={connecting ? <OwnOrchestratorForm /> : null}>
        {connecting ? null : <Button onPress={() => setConnecting(true)}>{text.ownAction}</Button>}
      </Way>
      <Way
        icon="orchestrator"
        title={text.solo}
        text={text.soloText}
        below={needsConsent && wantsSolo ? <SecretConsent /> : null}
      >
        <Button
          isDisabled={!online || choose.busy || (needsConsent && wantsSolo)}
          onPress={() => (needsConsent ? setWantsSolo(true) : choose.run('solo'))}
        >
          {text.soloAction}
        </Button>
      </Way>
      <Way icon="play" title={text.practice} text={text.practiceText}>
        <Button isDisabled={!online || choose.busy} onPress={() => choose.run('practice')}>
          {text.practiceAction}
        </Button>
      </Way>
      {choose.error ? (
        <p className={page.error} role="alert">
          <ErrorWords error={choose.error} />
        </p>
      ) : null}
    </div>
  );
}

interface WayProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  /** The action. */
  readonly children: ReactNode;
  readonly below?: ReactNode;
}

function Way({ icon, title, text, children, below }: WayProps) {
  const id = useId();
  return (
    <section className={css.way} aria-labelledby={id}>
      <span className={css.icon}>
        <Icon name={icon} />
      </span>
      <div className={css.words}>
        <h2 id={id}>{title}</h2>
        <p>{text}</p>
      </div>
      <div className={css.action}>{children}</div>
      {below ? <div className={css.below}>{below}</div> : null}
    </section>
  );
}
