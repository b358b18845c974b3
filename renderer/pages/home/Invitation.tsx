import { useId } from 'react';
import { useEngine, useOnline, useSnapshot } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './Banner.module.css';

/** Offers the first run while nobody has chosen yet how this machine takes part; can be put away. */
export function Invitation() {
  const id = useId();
  const { client } = useEngine();
  const online = useOnline();
  const text = useText().home.invitation;
  const begun = useSnapshot((snapshot) => snapshot.setup.step !== 'machine');
  const later = useCommand(() => client.setSetup({ done: true }));
  return (
    <section className={css.banner} aria-labelledby={id}>
      <div className={css.words}>
        <h2 id={id}>{text.title}</h2>
        <p>{text.text}</p>
        {later.error ? (
          <p className={page.error} role="alert">
            <ErrorWords error={later.error} />
          </p>
        ) : null}
      </div>
      <div className={css.actions}>
        <Button kind="primary" onPress={() => goTo('welcome')}>
          {begun ? text.resume : text.start}
        </Button>
        <Button isDisabled={!online || later.busy} onPress={() => later.run()}>
          {text.later}
        </Button>
      </div>
    </section>
  );
}
