// Looks at the page in states that are rare in real life, with a fake engine behind it:
// `node test/support/gallery.ts <folder> [scenario/page …]`. Writes screenshots; prints complaints and axe's findings.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { ensureBuilt } from '../../scripts/build.ts';
import { growToContent, type Look, launchChromium, openPage, overflowOf, runAxe } from '../../scripts/lib/page-shots.ts';
import { SCENARIOS, type Scenario } from './fake-engine-data.ts';
import { serveFake } from './fake-engine-server.ts';

const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, theme: 'light' },
  { width: 1280, height: 900, theme: 'dark' },
  { width: 420, height: 860, theme: 'light' },
  { width: 360, height: 760, theme: 'dark' },
];

const [folder = 'dist/gallery', ...wanted] = process.argv.slice(2);
const views = wanted.length > 0 ? wanted : SCENARIOS.filter((name) => name !== 'burst').map((name) => `${name}/home`);
const looks = process.env.LOOKS ? LOOKS.filter((_, index) => process.env.LOOKS?.includes(String(index))) : LOOKS;
mkdirSync(folder, { recursive: true });
await ensureBuilt();
const browser = await launchChromium();
for (const view of views) {
  const [scenario = '', page = 'home'] = view.split('/');
  if (!SCENARIOS.includes(scenario as Scenario)) throw new Error(`No scenario ${scenario}; there are ${SCENARIOS.join(', ')}.`);
  for (const look of looks) {
    await using server = await serveFake(scenario as Scenario);
    const complaints: string[] = [];
    const tab = await openPage(browser, `${server.link}&/${page}`, look, complaints);
    await tab.waitForTimeout(2_600);
    const overflow = await overflowOf(tab);
    const findings = await runAxe(tab);
    const file = path.join(folder, `${scenario}-${page}-${look.width}-${look.theme}.png`);
    await growToContent(tab);
    await tab.screenshot({ path: file });
    await tab.context().close();
    const notes = [
      ...complaints.map((text) => `console: ${text}`),
      ...(overflow > 0 ? [`overflow: ${overflow} px`] : []),
      ...findings.map(({ id, impact, help, targets }) => `axe ${impact} ${id}: ${help} at ${targets.join(' | ')}`),
    ];
    process.stdout.write(`${file}\n${notes.map((note) => `  ${note}\n`).join('')}`);
  }
}
await browser.close();
