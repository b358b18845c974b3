import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { didYouMean } from '../../../engine/config/did-you-mean.ts';
import { CONFIG_FIELDS } from '../../../engine/config/fields.ts';
import { migrateConfig } from '../../../engine/config/migrate.ts';
import { resolvePaths } from '../../../engine/config/paths.ts';
import { ConfigSchema, defaultConfig } from '../../../engine/config/schema.ts';
import { normaliseServiceUri } from '../../../engine/config/service-uri.ts';
import {
  applyOverrides,
  configChanges,
  configGet,
  configSet,
  configUnset,
  environmentOverrides,
} from '../../../engine/config/settings.ts';

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Paths of all settings that the schema knows. */
function leaves(schema: JsonSchema, prefix = ''): string[] {
  const inner = Object.entries(schema.properties ?? {});
  if (typeof schema.additionalProperties === 'object') inner.push(['*', schema.additionalProperties]);
  if (inner.length === 0) return [prefix];
  return inner.flatMap(([key, value]) => leaves(value, prefix === '' ? key : `${prefix}.${key}`));
}

test('every setting of the schema is described in words, in the same order, and nothing else is', () => {
  const schema = z.toJSONSchema(ConfigSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  expect(CONFIG_FIELDS.map((field) => field.path)).toEqual(leaves(schema));
});

describe('overrides', () => {
  test('variables win over the file and options win over variables', () => {
    const env = {
      SIPHON_PORT: '0',
      SIPHON_ORCHESTRATOR: 'orch.example:8935',
      SIPHON_CAPACITY: 'auto',
      SIPHON_PREVIEW: 'off',
      SIPHON_SCALE: '',
    };
    const fromFile = { ...defaultConfig(), capacity: 3, scale: 'fleet' as const };
    const config = applyOverrides(fromFile, [...environmentOverrides(env), { path: 'api.port', value: 1234, source: '--port' }]);
    expect(config).toMatchObject({ capacity: 'auto', preview: false, scale: 'fleet', api: { port: 1234 } });
    expect(config.orchestrator.serviceUri).toBe('https://orch.example:8935');
  });

  test('every variable of the table reaches its setting', () => {
    const values: Record<string, string> = {
      SIPHON_NODE_MODE: 'dual',
      SIPHON_DEPLOYMENT_TYPE: 'practice',
      SIPHON_SCALE: 'fleet',
      SIPHON_ORCHESTRATOR: 'https://o.example',
      SIPHON_CAPACITY: '4',
      SIPHON_UPLOAD_MBPS: '12.5',
      SIPHON_PORT: '8080',
      SIPHON_LOG_LEVEL: 'warn',
      SIPHON_PREVIEW: '0',
      SIPHON_SERVICE_URI: 'orch.example:8935',
      SIPHON_ORCHESTRATOR_PORT: '18935',
      SIPHON_PRICE: '0.02USD/1e12pixels',
      SIPHON_REMOTE: 'on',
      SIPHON_REMOTE_PORT: '17999',
      SIPHON_NAME: 'Cellar',
    };
    expect(CONFIG_FIELDS.flatMap((field) => field.variable ?? []).sort()).toEqual(Object.keys(values).sort());
    const config = applyOverrides(defaultConfig(), environmentOverrides(values));
    for (const { path, variable } of CONFIG_FIELDS) {
      if (variable !== undefined) expect(configGet(config, path)).not.toEqual(configGet(defaultConfig(), path));
    }
  });

  test('a wrong variable is named together with what it may hold', () => {
    expect(() => applyOverrides(defaultConfig(), environmentOverrides({ SIPHON_PORT: 'http' }))).toThrow(
      /SIPHON_PORT: api\.port is "http".*65535/,
    );
  });
});

describe('the own orchestrator', () => {
  const GATEWAY = '0x00000000000000000000000000000000000000Aa';

  test.each(['1000', '1000wei', '0.02USD/1e12pixels', '0.02 USD / 1e12 pixels', '5/3', '1.5gwei'])('%j is a price', (text) => {
    expect(configSet(defaultConfig(), 'ownOrchestrator.price', text).ownOrchestrator.price).toBe(text);
  });

  test.each(['', '-1', 'free', '1e9999', '1 USD per pixel', '1000wei;rm'])('%j is no price', (text) => {
    expect(() => configSet(defaultConfig(), 'ownOrchestrator.price', text)).toThrow(/0\.02USD\/1e12pixels/);
  });

  test('prices for single gateways are set, taken back, and refused for what is no address', () => {
    const path = `ownOrchestrator.pricePerGateway.${GATEWAY}`;
    const config = configSet(defaultConfig(), path, '7wei');
    expect(configGet(config, path)).toBe('7wei');
    expect(configUnset(config, path).ownOrchestrator.pricePerGateway).toEqual({});
    expect(() => configSet(defaultConfig(), 'ownOrchestrator.pricePerGateway.bob', '7wei')).toThrow(
      /bob is not the Ethereum address of a gateway/,
    );
    expect(() => configSet(defaultConfig(), 'gpus.bob', {})).toThrow(/is not a GPU UUID/);
  });
});

describe('get and set', () => {
  test('a value is read as what the setting needs', () => {
    let config = configSet(defaultConfig(), 'practice.sessions', '3');
    config = configSet(config, 'practice.input', '007');
    config = configSet(config, 'gpus.GPU-77.enabled', 'no');
    expect(config.practice).toMatchObject({ sessions: 3, input: '007' });
    expect(configGet(config, 'gpus.GPU-77')).toEqual({ enabled: false, sessions: 'auto' });
    expect(configGet(configUnset(config, 'practice.sessions'), 'practice.sessions')).toBe(1);
    expect(configUnset(config, 'gpus.GPU-77').gpus).toEqual({});
  });

  test('the configuration given is left as it was', () => {
    const config = defaultConfig();
    configSet(config, 'api.port', '1');
    expect(config).toEqual(defaultConfig());
  });

  test('unknown settings are refused with the likely one named', () => {
    expect(() => configSet(defaultConfig(), 'practice.sesions', '3')).toThrow(/did you mean "practice\.sessions"/);
    expect(() => configGet(defaultConfig(), '__proto__.x')).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(() => configSet(defaultConfig(), 'version', '2')).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => configSet(defaultConfig(), 'gpus.one.enabled', 'true')).toThrow(/not a GPU UUID/);
    expect(() => configSet(defaultConfig(), 'scale', 'flet')).toThrow(/did you mean "fleet"/);
  });
});

test.each([
  ['https://orch.example:8935', 'https://orch.example:8935'],
  [' orch.example:8935 ', 'https://orch.example:8935'],
  ['https://[::1]:8935/', 'https://[::1]:8935'],
  ['10.0.0.1:8935', 'https://10.0.0.1:8935'],
  ['http://orch.example', undefined],
  ['https://user:pw@orch.example', undefined],
  ['https://orch.example/a', undefined],
  ['https://orch.example/?q', undefined],
  ['orch example', undefined],
  ['', undefined],
])('service URI %j becomes %j', (text, uri) => {
  expect(normaliseServiceUri(text)).toBe(uri);
});

test('slips of the hand are recognised and other words are not', () => {
  expect(didYouMean('node_mode', ['nodeMode', 'scale'])).toBe('nodeMode');
  expect(didYouMean('prot', ['port'])).toBe('port');
  expect(didYouMean('wallet', ['nodeMode', 'scale'])).toBeUndefined();
});

describe('migration', () => {
  const migrations = [
    (old: Readonly<Record<string, unknown>>) => ({ renamed: old.name }),
    (old: Readonly<Record<string, unknown>>) => ({ ...old, added: true }),
  ];

  test('runs each step from the version of the file on, and sets the version', () => {
    expect(migrateConfig({ version: 1, name: 'a' }, migrations, 3)).toEqual({ version: 3, renamed: 'a', added: true });
    expect(migrateConfig({ version: 2, renamed: 'b' }, migrations, 3)).toEqual({ version: 3, renamed: 'b', added: true });
  });

  test('leaves the input alone and what has no version to the schema', () => {
    const input = Object.freeze({ version: 1, name: 'a' });
    migrateConfig(input, migrations, 2);
    expect(input).toEqual({ version: 1, name: 'a' });
    expect(migrateConfig({ version: 'x' }, migrations, 2)).toEqual({ version: 'x' });
    expect(() => migrateConfig({ version: 4 }, migrations, 3)).toThrow(expect.objectContaining({ code: 'config-newer' }));
  });
});

test('one folder for everything when --data-dir or SIPHON_DATA_DIR names it, the platform folders otherwise', () => {
  const chosen = resolvePaths({ dataDir: 'relative', env: { SIPHON_DATA_DIR: '/elsewhere' } });
  expect(new Set([chosen.configDir, chosen.dataDir])).toEqual(
    new Set([`${process.cwd()}${process.platform === 'win32' ? '\\' : '/'}relative`]),
  );
  expect(resolvePaths({ env: { SIPHON_DATA_DIR: '/elsewhere' } }).databaseFile).toMatch(/elsewhere.history\.db$/);
  const platform = resolvePaths({ env: {} });
  expect(platform.configDir).not.toBe(platform.dataDir);
  expect(platform.configFile).toMatch(/siphon.*siphon\.json$/);
});

test('the changes between two configurations are listed setting by setting', () => {
  const before = configSet(defaultConfig(), 'gpus.GPU-1.sessions', '2');
  const after = configSet(configUnset(before, 'gpus.GPU-1'), 'api.port', '1');
  expect(configChanges(before, after)).toEqual([
    { path: 'gpus.GPU-1.enabled', before: true, after: undefined },
    { path: 'gpus.GPU-1.sessions', before: 2, after: undefined },
    { path: 'api.port', before: 17935, after: 1 },
  ]);
  expect(configChanges(before, before)).toEqual([]);
});

describe('when Siphon works', () => {
  test('a temperature to resume at must be below the one to pause at, and both can be set at once', () => {
    expect(() => configSet(defaultConfig(), 'availability.temperature.pauseAbove', 75)).toThrow(
      'availability.temperature.resumeBelow',
    );
    const cool = configSet(defaultConfig(), 'availability.temperature', '{"pauseAbove":70,"resumeBelow":60}');
    expect(cool.availability.temperature).toEqual({ pauseAbove: 70, resumeBelow: 60 });
    expect(configSet(cool, 'availability.temperature.pauseAbove', 'null').availability.temperature.pauseAbove).toBeNull();
  });

  test('a schedule is a list of windows, and a wrong time or an empty list is told', () => {
    const text = '[{"days":["mon","sun"],"from":"22:00","to":"06:00"}]';
    const set = configSet(defaultConfig(), 'availability.schedule', text);
    expect(set.availability.schedule).toEqual(JSON.parse(text));
    expect(configChanges(defaultConfig(), set).every(({ path }) => path.startsWith('availability.schedule'))).toBe(true);
    expect(() => configSet(defaultConfig(), 'availability.schedule', text.replace('22:00', '25:00'))).toThrow(
      'availability.schedule',
    );
    expect(() => configSet(defaultConfig(), 'availability.schedule', '[]')).toThrow('availability.schedule');
  });
});
