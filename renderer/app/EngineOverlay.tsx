import { type ReactNode, useState } from 'react';
import type { DesktopCommand, EngineProcessState } from '../../engine/api/desktop.ts';
import { Button } from '../components/Button.tsx';
import { Logo, ToneMark } from '../components/icons.tsx';
import { useFormats, useText } from '../text/text.tsx';
import { useDesktop } from './desktop.ts';
import css from './EngineOverlay.module.css';
import { useNow } from './hooks.ts';

/** In the app: the page, with what the shell says about the engine's process over it, or instead of it while nothing runs. */
export function EngineGate({ children }: { children: ReactNode }) {
  const desktop = useDesktop();
  const engine = desktop?.engine;
  if (engine?.kind === 'safe-mode') return <SafeMode state={engine} />;
  return (
    <>
      <div className={css.behind} inert={engine?.kind === 'draining'}>
        {engine?.kind === 'stopped' ? <Stopped /> : children}
      </div>
      {desktop?.settingsSetAside ? <SettingsSetAside file={desktop.settingsSetAside} /> : null}
      {engine?.kind === 'waiting' ? <Waiting state={engine} /> : null}
      {engine?.kind === 'starting' && engine.attempt > 1 ? <StartingAgain attempt={engine.attempt} /> : null}
      {engine?.kind === 'draining' ? <Draining state={engine} /> : null}
    </>
  );
}

function tell(command: Extract<DesktopCommand, 'startEngine' | 'quit' | 'cancelQuit'>): void {
  // What comes of it is seen in the next state.
  window.siphon?.run(command, undefined).catch(() => undefined);
}

type StateOf<K extends EngineProcessState['kind']> = Extract<EngineProcessState, { readonly kind: K }>;

function SafeMode({ state }: { state: StateOf<'safe-mode'> }) {
  const text = useText();
  return (
    <main className={css.page}>
      <div className={css.card}>
        <Logo size={48} />
        <h1>{text.desktop.safeMode}</h1>
        <p role="alert" className={css.reason}>
          {state.reason}
        </p>
        <p>
          <strong>{text.nextStep}:</strong> {state.nextStep}
        </p>
        <p className={css.soft}>{text.desktop.safeModeText}</p>
        <div className={css.buttons}>
          <Button kind="primary" onPress={() => tell('startEngine')}>
            {text.desktop.startAgain}
          </Button>
          {state.lastLines.length > 0 ? <CopyLines lines={state.lastLines} /> : null}
        </div>
        <h2 id="last-lines">{text.desktop.lastLines}</h2>
        {state.lastLines.length > 0 ? (
          // A region that scrolls must be reachable by keyboard.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <section className={css.lines} aria-labelledby="last-lines" tabIndex={0}>
            <pre>{state.lastLines.join('\n')}</pre>
          </section>
        ) : (
          <p className={css.soft}>{text.desktop.noLines}</p>
        )}
      </div>
    </main>
  );
}

function CopyLines({ lines }: { lines: readonly string[] }) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  return (
    <Button
      onPress={() => {
        navigator.clipboard.writeText(lines.join('\n')).then(
          () => setCopied(true),
          () => undefined,
        );
      }}
    >
      {copied ? text.desktop.copied : text.desktop.copyLines}
    </Button>
  );
}

function Stopped() {
  const text = useText();
  return (
    <main className={css.page}>
      <div className={css.card}>
        <Logo size={48} />
        <h1>{text.desktop.stopped}</h1>
        <p className={css.soft}>{text.desktop.stoppedText}</p>
        <div className={css.buttons}>
          <Button kind="primary" onPress={() => tell('startEngine')}>
            {text.desktop.start}
          </Button>
        </div>
      </div>
    </main>
  );
}

function Waiting({ state }: { state: StateOf<'waiting'> }) {
  const text = useText();
  const formats = useFormats();
  const left = Math.max(0, Math.ceil((state.retryAtMs - useNow(500)) / 1000) * 1000);
  return (
    <div className={css.bar}>
      <ToneMark tone="problem" />
      <p role="status">
        <strong>{text.desktop.waiting}</strong> {state.reason}
      </p>
      <span className="number">{text.desktop.startsIn(formats.duration(left))}</span>
      <Button onPress={() => tell('startEngine')}>{text.desktop.startNow}</Button>
    </div>
  );
}

function StartingAgain({ attempt }: { attempt: number }) {
  const text = useText();
  const formats = useFormats();
  return (
    <div className={css.bar}>
      <ToneMark tone="connecting" />
      <p role="status">{text.desktop.startingAgain(formats.integer(attempt))}</p>
    </div>
  );
}

function Draining({ state }: { state: StateOf<'draining'> }) {
  const text = useText();
  const formats = useFormats();
  const left = Math.max(0, Math.ceil((state.deadlineMs - useNow(500)) / 1000) * 1000);
  const { inFlight } = state;
  return (
    <div className={css.scrim}>
      <div role="alertdialog" className={css.dialog} aria-modal="true" aria-labelledby="draining">
        <ToneMark tone="draining" />
        <h2 id="draining">{text.desktop.draining}</h2>
        <p role="status">{inFlight === null ? text.desktop.drainingUnknown : text.desktop.drainingSegments(inFlight, formats)}</p>
        <p className="number">{text.desktop.drainingLimit(formats.duration(left))}</p>
        <div className={css.buttons}>
          <Button kind="primary" autoFocus onPress={() => tell('cancelQuit')}>
            {text.desktop.keepRunning}
          </Button>
          <Button onPress={() => tell('quit')}>{text.desktop.endNow}</Button>
        </div>
        <p className={css.soft}>{text.desktop.keepRunningText}</p>
      </div>
    </div>
  );
}

function SettingsSetAside({ file }: { file: string }) {
  const text = useText();
  const [shown, setShown] = useState(true);
  if (!shown) return null;
  return (
    <div className={css.bar}>
      <ToneMark tone="problem" />
      <p role="status">{text.desktop.settingsSetAside(file)}</p>
      <Button onPress={() => setShown(false)}>{text.desktop.dismiss}</Button>
    </div>
  );
}
