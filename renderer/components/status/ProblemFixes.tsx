import { useState } from 'react';
import type { ErrorCode, ErrorInfo, Problem } from '../../../engine/api/errors.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { goTo, type PageName } from '../../app/route.ts';
import type { repairEn } from '../../text/en-repair.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useText } from '../../text/text.tsx';
import { Button } from '../Button.tsx';
import { showToast } from '../toast-store.ts';
import css from './ProblemCards.module.css';

type PageWord = 'joinAgain' | 'openSettings';

/** Where a problem's next step can be taken on this page. */
const PAGES: Readonly<Partial<Record<ErrorCode, readonly [PageName, PageWord & keyof typeof repairEn]>>> = {
  'orchestrator-secret-refused': ['join', 'joinAgain'],
  'orchestrator-certificate-changed': ['join', 'joinAgain'],
  'orchestrator-capacity-refused': ['settings', 'openSettings'],
  'config-invalid': ['settings', 'openSettings'],
};

const DRIVER: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['gpu-driver-missing', 'gpu-driver-old', 'gpu-driver-mismatch']);

/** Buttons of a problem's card: what Siphon can mend by itself, and the ways to where the person can. */
export function ProblemFixes({ problem }: { problem: Problem }) {
  const text = useText();
  const { client } = useEngine();
  const online = useOnline();
  const [running, setRunning] = useState<string>();
  const [failed, setFailed] = useState<ErrorInfo>();
  const { key, code, fixes = [] } = problem;
  const way = PAGES[code];
  const help = DRIVER.has(code) ? 'nvidia-driver' : code === 'clock-wrong' ? 'clock' : undefined;
  const bridge = window.siphon;
  if (fixes.length === 0 && !way && !(help && bridge)) return null;

  const run = (id: string) => {
    setRunning(id);
    setFailed(undefined);
    client
      .fix(key, id)
      .then(
        // The card may be gone with its problem, so that the outcome is told elsewhere.
        (result) => void showToast({ text: result.text, tone: 'done', lang: 'en', key: 'fix' }),
        (error: unknown) => setFailed(errorInfoOf(error)),
      )
      .finally(() => setRunning(undefined));
  };
  return (
    <div className={css.fixes}>
      <div className={css.buttons}>
        {fixes.map(({ id, label }) => (
          <Button key={id} isDisabled={!online || running !== undefined} onPress={() => run(id)}>
            {running === id ? text.repair.working : (text.repair.fixes[id] ?? label)}
          </Button>
        ))}
        {way ? <Button onPress={() => goTo(way[0])}>{text.repair[way[1]]}</Button> : null}
        {help && bridge ? (
          <Button onPress={() => void bridge.run('openHelp', help).catch(() => {})}>
            {help === 'clock' ? text.repair.clockPage : text.repair.driverPage}
          </Button>
        ) : null}
      </div>
      <p role="status" className={css.failed}>
        {failed ? <ErrorWords error={failed} /> : null}
      </p>
    </div>
  );
}
