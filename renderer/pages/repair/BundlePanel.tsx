import { useEffect, useRef, useState } from 'react';
import { Checkbox } from 'react-aria-components/Checkbox';
import type { DiagnosticsBundle } from '../../../engine/api/diagnostics.ts';
import type { ErrorInfo } from '../../../engine/api/errors.ts';
import { errorInfoOf } from '../../api/engine-client.ts';
import { useEngine, useOnline } from '../../app/engine-context.tsx';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { showToast } from '../../components/toast-store.ts';
import { saveBytes } from '../../model/save-file.ts';
import { ErrorWords } from '../../text/engine-words.tsx';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './repair.module.css';

/** Gathers the diagnostics bundle, shows every file of it, and keeps what the person leaves chosen. */
export function BundlePanel() {
  const text = useText().repair;
  const formats = useFormats();
  const { client } = useEngine();
  const online = useOnline();
  const [bundle, setBundle] = useState<DiagnosticsBundle>();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState('');
  const [error, setError] = useState<ErrorInfo>();
  const [gathering, setGathering] = useState(false);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const gather = () => {
    const controller = new AbortController();
    abort.current = controller;
    setGathering(true);
    setError(undefined);
    client
      .bundle(controller.signal)
      .then(
        (made) => {
          setBundle(made);
          setLeft(new Set());
          setShown(made.files[0]?.name ?? '');
        },
        (problem: unknown) => {
          if (!controller.signal.aborted) setError(errorInfoOf(problem));
        },
      )
      .finally(() => setGathering(false));
  };
  const keep = async () => {
    if (!bundle) return;
    const { zipSync, strToU8 } = await import('fflate');
    const files = bundle.files.filter(({ name }) => !left.has(name));
    const bytes = zipSync(
      Object.fromEntries(files.map(({ name, text: contents }) => [`${bundle.name}/${name}`, strToU8(contents)])),
    );
    if (await saveBytes(`${bundle.name}.zip`, bytes, 'application/zip', window.siphon)) {
      showToast({ text: text.kept, tone: 'done', key: 'bundle' });
    }
  };
  const onFailed = (problem: unknown) =>
    showToast({ text: problem instanceof Error ? problem.message : String(problem), tone: 'problem', key: 'bundle' });
  const current = bundle?.files.find(({ name }) => name === shown);
  const none = bundle !== undefined && left.size === bundle.files.length;
  return (
    <Panel
      title={text.bundle}
      tools={
        <div className={page.tools}>
          {gathering ? <Button onPress={() => abort.current?.abort()}>{text.cancel}</Button> : null}
          <Button isDisabled={!online || gathering} onPress={gather}>
            {gathering ? text.gathering : text.gather}
          </Button>
          {bundle ? (
            <Button kind="primary" isDisabled={none} onPress={() => void keep().catch(onFailed)}>
              {text.keep}
            </Button>
          ) : null}
        </div>
      }
    >
      <p className={page.soft}>{text.bundleText}</p>
      <p className={page.soft}>{text.local}</p>
      <p role="status" className={css.verdict}>
        {error ? <ErrorWords error={error} /> : none ? text.noFiles : bundle ? text.redacted(bundle.redacted, formats) : null}
      </p>
      {bundle && current ? (
        <div className={css.bundle}>
          <ul className={css.files} aria-label={text.files}>
            {bundle.files.map(({ name, text: contents }) => (
              <li key={name} data-current={name === shown || undefined}>
                <Checkbox
                  className={css.check ?? ''}
                  aria-label={text.include(name)}
                  isSelected={!left.has(name)}
                  onChange={(chosen) => setLeft((before) => (chosen ? without(before, name) : new Set([...before, name])))}
                >
                  <span className={css.box}>
                    <Icon name="check" size={14} />
                  </span>
                </Checkbox>
                <button type="button" aria-pressed={name === shown} onClick={() => setShown(name)}>
                  <span className="mono">{name}</span>
                  <span className={page.soft}>{formats.bytes(contents.length)}</span>
                </button>
              </li>
            ))}
          </ul>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section className={css.preview} tabIndex={0} aria-label={text.preview(current.name)}>
            <pre lang="en">{current.text}</pre>
          </section>
        </div>
      ) : null}
    </Panel>
  );
}

function without(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return new Set([...names].filter((each) => each !== name));
}
