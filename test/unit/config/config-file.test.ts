import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/base/errors.ts';
import { formatConfig, loadConfig, parseConfig, saveConfig } from '../../../engine/config/config-file.ts';
import { defaultConfig } from '../../../engine/config/schema.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'siphon-config-'));
  file = path.join(folder, 'siphon.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function mistakes(text: string): string {
  try {
    parseConfig(text, 'siphon.json');
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).code).toBe('config-invalid');
    return (error as EngineError).message;
  }
  throw new Error('accepted');
}

describe('reading', () => {
  test('a missing file means defaults, and the three choices are there', async () => {
    const loaded = await loadConfig(file);
    expect(loaded.exists).toBe(false);
    expect(loaded.config).toMatchObject({ nodeMode: 'video', deploymentType: 'siphon', scale: 'one-gpu', capacity: 'auto' });
    expect(loaded.config.orchestrator.serviceUri).toBeNull();
  });

  test('a minimal file is complete, also with a byte order mark and Windows line ends', async () => {
    await writeFile(file, '\uFEFF{\r\n  "version": 1,\r\n  "logLevel": "debug"\r\n}\r\n');
    const { config, exists } = await loadConfig(file);
    expect(exists).toBe(true);
    expect(config).toEqual({ ...defaultConfig(), logLevel: 'debug' });
  });

  test('what is written is read back the same, every setting shown', async () => {
    const config = { ...defaultConfig(), capacity: 7, gpus: { 'GPU-1234-ab': { enabled: false, sessions: 3 } } };
    await saveConfig(file, config);
    expect((await loadConfig(file)).config).toEqual(config);
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')))).toEqual(Object.keys(defaultConfig()));
  });

  test('an orchestrator without scheme gets https', () => {
    const { config } = parseConfig('{"version":1,"orchestrator":{"serviceUri":"orch.example:8935"}}', 'f');
    expect(config.orchestrator.serviceUri).toBe('https://orch.example:8935');
  });
});

describe('mistakes are reported line by line', () => {
  test('every mistake with its line, what is allowed and what was probably meant', () => {
    const text = [
      '{',
      '  "version": 1,',
      '  "nodeMode": "vidoe",',
      '  "capacty": 4,',
      '  "api": {',
      '    "port": "x"',
      '  },',
      '  "gpus": { "0": { "enabled": true } },',
      '  "orchestrator": { "serviceUri": "http://orch.example/path" },',
      '  "history": { "days": 0, "mxMb": 3 }',
      '}',
    ].join('\n');
    const report = mistakes(text).split('\n');
    expect(report[0]).toBe('siphon.json has 7 mistakes:');
    expect(report.slice(1)).toEqual([
      '  line 3: nodeMode is "vidoe", which is not allowed; did you mean "video"? (allowed: "video", "ai", "dual")',
      expect.stringMatching(/^ {2}line 4: capacty is not a setting; did you mean "capacity"\?/),
      '  line 6: api.port is "x", which is not allowed (allowed: a whole number from 0 to 65535; 0 takes any free port)',
      expect.stringMatching(/^ {2}line 8: gpus\.0 is not a GPU UUID/),
      expect.stringMatching(/^ {2}line 9: orchestrator\.serviceUri is "http:\/\/orch\.example\/path"/),
      expect.stringMatching(/^ {2}line 10: history\.days is 0, .*from 1 to 3650/),
      expect.stringMatching(/^ {2}line 10: history\.mxMb is not a setting; did you mean "maxMb"\?/),
    ]);
  });

  test.each([
    ['', 1, 'ends too early'],
    ['{\n  "version": 1,\n}', 3, 'comma too many'],
    ['{\n  "version": 1\n  "scale": "fleet"\n}', 2, 'comma or "}" is missing'],
    ['{\n // note\n "version": 1 }', 2, 'comments are not allowed'],
    ['{ "version": 1,\n "version": 1 }', 2, 'second time'],
    ["{ 'version': 1 }", 1, 'double quotes'],
    ['{ "version": one }', 1, 'neither a number'],
    ['{ "version": 1,\n "practice": { "input": "C:\\Users" } }', 2, 'backslash'],
    ['{ "version": 1 } x', 1, 'after the end'],
    ['{ "version": 1, "practice": { "input": "a\n" } }', 1, 'closing double quote'],
    ['[]', 1, 'a list'],
    ['{}', 1, 'version is missing'],
    ['{ "version": "1" }', 1, 'version is "1"'],
    [`{ "version": 1, "gpus": ${'['.repeat(200)} }`, 1, 'deeply nested'],
    ['{ "version": 1, "__proto__": { "nodeMode": "ai" } }', 1, '__proto__ is not a setting'],
  ])('%j is reported at line %i', (text, line, problem) => {
    const report = mistakes(text);
    expect(report).toContain(`line ${line}: `);
    expect(report).toContain(problem);
  });

  test('a file of a newer Siphon is refused as such', () => {
    expect(() => parseConfig('{"version":2,"somethingNew":true}', 'f')).toThrow(
      expect.objectContaining({ code: 'config-newer' }),
    );
  });

  test('a folder in the place of the file is unreadable, not missing', async () => {
    await expect(loadConfig(folder)).rejects.toMatchObject({ code: 'config-unreadable' });
  });
});

describe('writing', () => {
  test('a file with mistakes is never overwritten', async () => {
    await writeFile(file, '{ "version": 1, "oops" }');
    await expect(saveConfig(file, defaultConfig())).rejects.toMatchObject({ code: 'config-invalid' });
    expect(await readFile(file, 'utf8')).toBe('{ "version": 1, "oops" }');
  });

  test('the previous file is kept as .bak and no temporary file stays behind', async () => {
    await saveConfig(file, defaultConfig());
    await saveConfig(file, { ...defaultConfig(), preview: false });
    expect(JSON.parse(await readFile(`${file}.bak`, 'utf8')).preview).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8')).preview).toBe(false);
    const { readdir } = await import('node:fs/promises');
    expect((await readdir(folder)).sort()).toEqual(['siphon.json', 'siphon.json.bak']);
  });

  test('a symbolic link stays a link and its target is replaced', async () => {
    const target = path.join(folder, 'elsewhere.json');
    await writeFile(target, formatConfig(defaultConfig()));
    await symlink(target, file);
    await saveConfig(file, { ...defaultConfig(), capacity: 2 });
    expect(JSON.parse(await readFile(target, 'utf8')).capacity).toBe(2);
  });

  test('a path below a file is unwritable, with a next step', async () => {
    await writeFile(file, 'x');
    const inside = path.join(file, 'siphon.json');
    await expect(saveConfig(inside, defaultConfig())).rejects.toMatchObject({
      code: expect.stringMatching(/unreadable|unwritable/),
      nextStep: expect.any(String),
    });
  });
});
