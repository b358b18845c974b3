// Stands for the engine: speaks the supervision protocol and misbehaves as the variable MOOD says. Appends its pid and what it
// was told to the file that DIARY names.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const mood = process.env.MOOD_FILE ? readFileSync(process.env.MOOD_FILE, 'utf8').trim() : (process.env.MOOD ?? 'good');
const note = (text) => process.env.DIARY && appendFileSync(process.env.DIARY, `${text}\n`);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const fail = (code, message, nextStep) => {
  tell({ event: 'error', error: { code, message, nextStep } });
  process.exit(4);
};

note(`start ${process.pid}`);
process.stderr.write(`mood ${mood}\n`);
if (mood === 'crash') {
  process.stderr.write('something broke\n');
  process.exit(7);
}
if (mood === 'locked') fail('data-dir-locked', 'another Siphon already uses the data folder', 'Stop it first.');
if (mood === 'unwritable') fail('data-dir-unwritable', 'the data folder is read-only', 'Make it writable.');
if (mood === 'sealed') fail('secrets-sealed', 'The secrets cannot be read.', 'Start Siphon from the app.');
if (mood === 'port') fail('port-in-use', 'Port 17935 on this machine is already used by another program', 'Choose another port.');

const lines = createInterface({ input: process.stdin });
let told = false;
lines.on('line', (line) => {
  const command = JSON.parse(line);
  note(line);
  if (command.command === 'hello' && mood !== 'never-ready') {
    const version = mood === 'old' ? '0.0.1' : '9.9.9';
    tell({
      event: 'ready',
      protocol: 1,
      version,
      pid: process.pid,
      address: 'http://127.0.0.1:1',
      token: 'token-of-the-test',
      dataDir: '/',
    });
    if (mood === 'crash-after-ready') setTimeout(() => process.exit(9), 50);
    if (mood === 'leaves') setTimeout(() => process.exit(0), 50);
  }
  if (command.command === 'ping' && !told && mood !== 'hung') tell({ event: 'pong', id: command.id });
  if (command.command === 'stop') {
    told = true;
    if (mood === 'stubborn') return;
    setTimeout(() => process.exit(0), Number(process.env.DRAIN_MS ?? 100));
  }
});
lines.on('close', () => process.exit(0));
