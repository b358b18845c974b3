import { useState } from 'react';
import { useDesktop } from '../app/desktop.ts';
import { useCommand } from '../app/hooks.ts';
import { useMachines } from '../app/machines.tsx';
import { useText } from '../text/text.tsx';
import { Button } from './Button.tsx';
import css from './SecretConsent.module.css';

/** Whether the machine that is shown can keep no secret before the person agrees to a plain file. */
export function useConsentNeeded(): boolean {
  const desktop = useDesktop();
  const { shownId } = useMachines();
  return desktop?.secretStorage === 'unavailable' && shownId === null;
}

/** Says that this system has no secure storage, and asks whether a plain file will do. */
export function SecretConsent() {
  const words = useText().settings.data;
  const [agreed, setAgreed] = useState(false);
  const allow = useCommand(async () => {
    await window.siphon?.run('allowPlainSecrets', undefined);
  });
  return (
    <div className={css.consent}>
      <p>{words.unavailable}</p>
      <label className={css.check}>
        <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />
        {words.consent}
      </label>
      <Button isDisabled={!agreed || allow.busy} onPress={() => allow.run()}>
        {words.allow}
      </Button>
      {allow.error ? (
        <p className={css.error} role="alert">
          {allow.error.message}
        </p>
      ) : null}
    </div>
  );
}
