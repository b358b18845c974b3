import { lazy, Suspense, useState } from 'react';
import { useDesktop } from '../../app/desktop.ts';
import { useSnapshot } from '../../app/engine-context.tsx';
import { useNow } from '../../app/hooks.ts';
import { Logo } from '../../components/icons.tsx';
import { Panel } from '../../components/Panel.tsx';
import { profileLabel } from '../../model/names.ts';
import { useFormats, useText } from '../../text/text.tsx';
import page from '../page.module.css';
import css from './AboutPage.module.css';

const Licences = lazy(async () => ({ default: (await import('./Licences.tsx')).Licences }));

type Facts = ReadonlyArray<readonly [string, string]>;

/** What runs here, since when, and what it has done. */
export function AboutPage() {
  const text = useText();
  const formats = useFormats();
  const now = useNow();
  const desktop = useDesktop();
  const [licences, setLicences] = useState(false);
  const { engine, choices, sinceStart, practice } = useSnapshot((snapshot) => ({
    engine: snapshot.engine,
    choices: snapshot.choices,
    sinceStart: snapshot.sinceStart,
    practice: snapshot.practice,
  }));
  const { fields } = text.settings;
  return (
    <div className={page.page}>
      <div className={css.head}>
        <Logo size={56} />
        <div>
          <h1>
            {text.appName} <span className="number">{engine.version}</span>
          </h1>
          <p className={page.soft}>{text.about.tagline}</p>
        </div>
      </div>
      <div className={css.columns}>
        <FactsPanel
          title={text.about.engine}
          facts={[
            [text.about.started, formats.dateTime(engine.startedAtMs)],
            [text.about.uptime, formats.duration(now - engine.startedAtMs)],
            [text.about.platform, engine.platform],
            [text.about.node, engine.node],
            [text.about.ffmpeg, engine.ffmpeg],
            [text.about.process, String(engine.pid)],
            [text.about.dataDir, engine.dataDir],
          ]}
        />
        {desktop ? (
          <FactsPanel
            title={text.about.app}
            facts={[
              [text.about.version, desktop.app.version],
              [text.about.electron, desktop.app.electron],
              [text.about.chrome, desktop.app.chrome],
              [text.about.platform, desktop.app.platform],
            ]}
          />
        ) : null}
        <FactsPanel
          title={text.about.sinceStart}
          facts={[
            [text.home.today.segments, formats.integer(sinceStart.segments)],
            [text.about.failedCount, formats.integer(sinceStart.failed)],
            [text.about.video, formats.duration(sinceStart.mediaMs)],
            [text.about.decoded, formats.pixels(sinceStart.decodedPixels)],
            [text.about.encoded, formats.pixels(sinceStart.encodedPixels)],
            [text.about.bytesIn, formats.bytes(sinceStart.bytesIn)],
            [text.about.bytesOut, formats.bytes(sinceStart.bytesOut)],
          ]}
        />
        <FactsPanel
          title={text.about.choices}
          facts={[
            [text.about.nodeMode, fields.nodeMode.options[choices.nodeMode]],
            [text.about.deploymentType, fields.deploymentType.options[choices.deploymentType]],
            [text.about.scale, fields.scale.options[choices.scale]],
          ]}
        />
        {practice ? (
          <FactsPanel
            title={text.about.practice}
            facts={[
              [text.about.source, practice.source],
              [text.about.pace, text.about.paces[practice.pace]],
              [text.sessions.profiles, practice.profiles.map(profileLabel).join(' ')],
              [text.about.submitted, formats.integer(practice.submitted)],
              [text.about.succeeded, formats.integer(practice.succeeded)],
              [text.about.failedCount, formats.integer(practice.failed)],
            ]}
          />
        ) : null}
      </div>
      <p className={page.soft}>
        {text.about.privacy} {text.about.licence}
      </p>
      <details className={css.details} onToggle={(event) => setLicences(event.currentTarget.open)}>
        <summary>
          <h2>{text.about.licences}</h2>
        </summary>
        {licences ? (
          <Suspense fallback={<p>{text.loading}</p>}>
            <Licences />
          </Suspense>
        ) : null}
      </details>
    </div>
  );
}

function FactsPanel({ title, facts }: { title: string; facts: Facts }) {
  return (
    <Panel title={title}>
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
