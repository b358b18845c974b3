import { useEffect, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { useText } from '../../text/text.tsx';
import css from './fleet.module.css';

/** A text to be copied, with the button that does it. */
export function CopyText({ value, label }: { value: string; label: string }) {
  const text = useText();
  const words = text.fleet.add;
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className={css.copy}>
      <pre className={css.command}>{value}</pre>
      <Button
        aria-label={`${words.copy}: ${label}`}
        onPress={() => {
          // Without a clipboard the text is there to be marked.
          navigator.clipboard?.writeText(value).then(
            () => setCopied(true),
            () => undefined,
          );
        }}
      >
        <Icon name={copied ? 'check' : 'copy'} size={16} />
        {copied ? words.copied : words.copy}
      </Button>
    </div>
  );
}
