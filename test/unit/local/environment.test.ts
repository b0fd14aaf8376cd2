import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDataDirEnv } from '../../../src/cli/dataDirEnv';
import { loadConfig } from '../../../src/config';
import { cairnSettings, childEnvironment, keepSettings } from '../../../src/local/environment';
import { keptSecrets } from '../../../src/local/keptSecrets';
import type { Ports } from '../../../src/local/ports';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-env-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ports: Ports = {
  api: 8081,
  metrics: 1002,
  postgres: 1003,
  temporal: 1004,
  temporalUi: 1005,
  dropbox: 1006,
  assembly: 1007,
  twoSides: 1008,
};
const at = (path: string) => `http://127.0.0.1:1006/${path}`;
const sandbox = {
  dropbox: {
    apiUrl: at('api'),
    contentUrl: at('content'),
    notifyUrl: at('notify'),
    webUrl: at('web'),
    controlUrl: at('control'),
  },
  assembly: { apiUrl: 'http://127.0.0.1:1007', controlUrl: 'http://127.0.0.1:1007/control' },
};

const settingsFor = (env: NodeJS.ProcessEnv, more: Partial<Parameters<typeof cairnSettings>[0]> = {}) =>
  cairnSettings({
    dataDir: folder,
    env,
    ports,
    secrets: keptSecrets(join(folder, 'secrets.json')),
    databaseUrl: 'postgresql://cairn:pw@127.0.0.1:1003/cairn',
    temporalAddress: '127.0.0.1:1004',
    temporalUi: null,
    sandbox,
    ...more,
  });

test('the settings are a valid environment of Cairn with everything a process needs', () => {
  const config = loadConfig(childEnvironment({ PATH: '/bin' }, settingsFor({})));
  expect(config).toMatchObject({
    databaseUrl: 'postgresql://cairn:pw@127.0.0.1:1003/cairn',
    temporal: { address: '127.0.0.1:1004', namespace: 'default' },
    dropbox: { apiUrl: at('api'), contentUrl: at('content'), notifyUrl: at('notify'), webUrl: at('web') },
    assembly: { apiUrl: 'http://127.0.0.1:1007' },
    transferHosts: ['127.0.0.1'],
    egressAllowPrivate: true,
    publicUrl: 'http://127.0.0.1:8081',
    port: 8081,
    host: '127.0.0.1',
    dataDir: folder,
  });
  expect(config.tokenKeys).toBeDefined();
  expect(config.operatorToken).toBeDefined();
});

test('the command line reads back exactly what was kept, quotes too, from a file only its owner can read', () => {
  const settings = { ...settingsFor({}), OPERATOR_TOKEN: "it's got 'quotes' and $signs" };
  keepSettings(join(folder, 'env'), settings);
  expect(withDataDirEnv({ CAIRN_DATA_DIR: folder })).toEqual(settings);
  expect(statSync(join(folder, 'env')).mode & 0o777).toBe(0o600);
});

test('the page is told where the Temporal Web UI is', () => {
  const settings = settingsFor({}, { temporalUi: 'http://127.0.0.1:1005' });
  expect(loadConfig(settings).temporal.uiUrl).toBe('http://127.0.0.1:1005');
  expect(loadConfig(settingsFor({})).temporal.uiUrl).toBeUndefined();
});

test('what the user has set stays', () => {
  const env = { PUBLIC_URL: 'https://cairn.example.com', OPERATOR_TOKEN_FILE: '/run/token', HOST: '0.0.0.0' };
  const settings = settingsFor(env);
  for (const name of ['PUBLIC_URL', 'OPERATOR_TOKEN', 'HOST']) expect(settings).not.toHaveProperty(name);
  expect(childEnvironment(env, settings)).toMatchObject(env);
});

test('with real credentials nothing of the sandbox is set', () => {
  const settings = settingsFor({}, { sandbox: null });
  expect(Object.keys(settings).filter((name) => /DROPBOX|ASSEMBLY|EGRESS|TRANSFER/.test(name))).toEqual([]);
});

test('a local Temporal server is not asked with the TLS and key of another one', () => {
  const env = {
    TEMPORAL_API_KEY: 'cloud',
    TEMPORAL_TLS: 'true',
    TEMPORAL_CONFIG_FILE: '/x',
    TEMPORAL_PROFILE: 'p',
  };
  const child = childEnvironment(env, settingsFor(env));
  expect(Object.keys(child).filter((name) => name.startsWith('TEMPORAL_'))).toEqual([
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
  ]);
});

test("a server of the user's keeps its settings", () => {
  const env = { TEMPORAL_ADDRESS: 'temporal.example.com:7233', TEMPORAL_API_KEY: 'cloud' };
  const child = childEnvironment(env, settingsFor(env, { temporalAddress: null }));
  expect(child).toMatchObject(env);
});

describe('the secrets of the instance', () => {
  const file = () => join(folder, 'secrets.json');

  test('are made once and kept, readable by their owner alone', () => {
    const made = keptSecrets(file());
    chmodSync(file(), 0o644);
    expect(keptSecrets(file())).toEqual(made);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test('differ from instance to instance', () => {
    expect(keptSecrets(file()).OPERATOR_TOKEN).not.toBe(keptSecrets(join(folder, 'b.json')).OPERATOR_TOKEN);
  });

  test('are never replaced when the file is damaged: tokens would become unreadable', () => {
    writeFileSync(file(), '{"TOKEN_ENCRYPTION_KEYS":');
    expect(() => keptSecrets(file())).toThrow('is damaged');
    expect(readFileSync(file(), 'utf8')).toBe('{"TOKEN_ENCRYPTION_KEYS":');
  });
});
