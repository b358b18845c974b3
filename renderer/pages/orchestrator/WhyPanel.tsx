import type { WhyNoWorkItem } from '../../../engine/api/orchestrator.ts';
import { Checklist } from '../../components/Checklist.tsx';
import { Panel } from '../../components/Panel.tsx';
import { sortedReasons } from '../../model/orchestrator.ts';
import { useText } from '../../text/text.tsx';
import page from '../page.module.css';

/** The checklist for an orchestrator that no gateway sends work to: what is in the way comes first. */
export function WhyPanel({ items }: { items: readonly WhyNoWorkItem[] }) {
  const text = useText();
  return (
    <Panel title={text.orchestrator.why}>
      <p className={page.soft}>{items.length > 0 ? text.orchestrator.whyText : text.orchestrator.whyEmpty}</p>
      <Checklist fromEngine items={sortedReasons(items)} />
    </Panel>
  );
}
