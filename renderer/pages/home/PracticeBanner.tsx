import { useId } from 'react';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { useCommand } from '../../app/hooks.ts';
import { goTo } from '../../app/route.ts';
import { Button } from '../../components/Button.tsx';
import { useText } from '../../text/text.tsx';
import css from './Banner.module.css';

/** Says that nobody pays for what is going on, and leads to those who do. */
export function PracticeBanner() {
  const id = useId();
  const text = useText().home.practice;
  const { client } = useEngine();
  const online = useOnline();
  const others = useCommand(async () => {
    await client.setSetup({ step: 'choice' });
    goTo('welcome');
  });
  return (
    <section className={css.banner} aria-labelledby={id}>
      <div className={css.words}>
        <h2 id={id}>{text.title}</h2>
        <p>{text.text}</p>
      </div>
      <div className={css.actions}>
        <Button kind="primary" onPress={() => goTo('join')}>
          {text.join}
        </Button>
        <Button isDisabled={!online || others.busy} onPress={() => others.run()}>
          {text.other}
        </Button>
      </div>
    </section>
  );
}
