import { useSnapshot } from '../../app/engine-context.tsx';
import { useNow } from '../../app/hooks.ts';
import { hrefOf } from '../../app/route.ts';
import { Checklist } from '../../components/Checklist.tsx';
import { Panel } from '../../components/Panel.tsx';
import { idleReasons } from '../../model/why-idle.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';

/** Most lines here; an own orchestrator's page has all of them. */
const SHOWN = 6;

/** What decides whether a stream comes, for a machine that is connected and has none. */
export function WhyIdle() {
  const text = useText();
  const formats = useFormats();
  const now = useNow(5_000);
  const snapshot = useSnapshot((state) => state);
  const reasons = idleReasons(snapshot, now, text, formats);
  const more = snapshot.orchestrator?.editable ? <a href={hrefOf('orchestrator')}>{text.home.why.all}</a> : undefined;
  return (
    <Panel title={text.home.why.title} tools={more}>
      <p className={page.soft}>{text.home.why.intro}</p>
      <Checklist fromEngine={snapshot.orchestrator?.editable === true} items={reasons.slice(0, SHOWN)} />
    </Panel>
  );
}
