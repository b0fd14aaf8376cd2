import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError, loadConfig, requireConfig } from '../../src/config';

const KEY = Buffer.alloc(32, 7).toString('base64');

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('defaults', () => {
  test('are those of the contract', () => {
    expect(loadConfig({ LOG_FORMAT: 'json' })).toEqual({
      databaseUrl: undefined,
      temporal: { address: undefined, namespace: 'default', cliPath: undefined, uiUrl: undefined },
      dropbox: {
        appKey: undefined,
        appSecret: undefined,
        webhookSecrets: [],
        apiUrl: 'https://api.dropboxapi.com',
        contentUrl: 'https://content.dropboxapi.com',
        notifyUrl: 'https://notify.dropboxapi.com',
        webUrl: 'https://www.dropbox.com',
      },
      assembly: {
        apiKey: undefined,
        apiUrl: 'https://api.assembly.com',
        webhookSecrets: [],
        rps: 20,
        monthlyBudget: 1000,
      },
      transferHosts: ['*.amazonaws.com'],
      egressAllowPrivate: false,
      tokenKeys: undefined,
      operatorToken: undefined,
      publicUrl: undefined,
      port: 8080,
      host: '0.0.0.0',
      trustProxyHops: 0,
      metricsPort: undefined,
      logLevel: 'info',
      logFormat: 'json',
      dataDir: resolve('.data'),
      sweepCron: '0 8,20 * * *',
      maxAttempts: 10,
      backoffSeconds: 300,
      massDelete: { min: 25, ratio: 0.5 },
      retryMaxSeconds: 900,
    });
  });

  test('an empty value is not a value', () => {
    expect(loadConfig({ DATABASE_URL: '', CAIRN_MAX_ATTEMPTS: ' ' })).toMatchObject({
      databaseUrl: undefined,
      maxAttempts: 10,
    });
  });
});

test('reads every setting', () => {
  const config = loadConfig({
    DATABASE_URL: 'postgresql://u:p@db:5432/cairn',
    TEMPORAL_ADDRESS: 'temporal:7233',
    TEMPORAL_NAMESPACE: 'prod',
    TEMPORAL_CLI_PATH: '/opt/temporal',
    DROPBOX_APP_KEY: 'test-app-key',
    DROPBOX_APP_SECRET: 'test-app-secret, test-older-secret',
    DROPBOX_API_URL: 'http://127.0.0.1:9001/',
    DROPBOX_CONTENT_URL: 'http://127.0.0.1:9002',
    DROPBOX_NOTIFY_URL: 'http://127.0.0.1:9003',
    DROPBOX_WEB_URL: 'http://127.0.0.1:9004',
    ASSEMBLY_API_KEY: 'test-api-key',
    ASSEMBLY_API_URL: 'http://127.0.0.1:9005',
    ASSEMBLY_WEBHOOK_SECRET: 'test-new-secret, test-old-secret',
    ASSEMBLY_RPS: '2.5',
    ASSEMBLY_MONTHLY_BUDGET: '0',
    TRANSFER_HOSTS: '127.0.0.1, *.example.com',
    EGRESS_ALLOW_PRIVATE: '1',
    TOKEN_ENCRYPTION_KEYS: `a:${KEY}`,
    OPERATOR_TOKEN: 'test-operator-token',
    PUBLIC_URL: 'https://cairn.example.com/sync/',
    PORT: '0',
    HOST: '127.0.0.1',
    TRUST_PROXY_HOPS: '2',
    METRICS_PORT: '9464',
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'pretty',
    CAIRN_DATA_DIR: '/var/cairn',
    CAIRN_SWEEP_CRON: '*/5 * * * *',
    CAIRN_MAX_ATTEMPTS: '3',
    CAIRN_BACKOFF_SECONDS: '0.5',
    CAIRN_MASS_DELETE_MIN: '5',
    CAIRN_MASS_DELETE_RATIO: '0.25',
    CAIRN_RETRY_MAX_SECONDS: '60',
  });
  expect(config).toEqual({
    databaseUrl: 'postgresql://u:p@db:5432/cairn',
    temporal: { address: 'temporal:7233', namespace: 'prod', cliPath: '/opt/temporal' },
    dropbox: {
      appKey: 'test-app-key',
      appSecret: 'test-app-secret',
      webhookSecrets: ['test-app-secret', 'test-older-secret'],
      apiUrl: 'http://127.0.0.1:9001',
      contentUrl: 'http://127.0.0.1:9002',
      notifyUrl: 'http://127.0.0.1:9003',
      webUrl: 'http://127.0.0.1:9004',
    },
    assembly: {
      apiKey: 'test-api-key',
      apiUrl: 'http://127.0.0.1:9005',
      webhookSecrets: ['test-new-secret', 'test-old-secret'],
      rps: 2.5,
      monthlyBudget: 0,
    },
    transferHosts: ['127.0.0.1', '*.example.com'],
    egressAllowPrivate: true,
    tokenKeys: `a:${KEY}`,
    operatorToken: 'test-operator-token',
    publicUrl: 'https://cairn.example.com/sync',
    port: 0,
    host: '127.0.0.1',
    trustProxyHops: 2,
    metricsPort: 9464,
    logLevel: 'debug',
    logFormat: 'pretty',
    dataDir: '/var/cairn',
    sweepCron: '*/5 * * * *',
    maxAttempts: 3,
    backoffSeconds: 0.5,
    massDelete: { min: 5, ratio: 0.25 },
    retryMaxSeconds: 60,
  });
});

test('a remote may lie below a path; the slash at its end goes', () => {
  expect(loadConfig({ DROPBOX_WEB_URL: 'https://proxy.example.com:9000/web/' }).dropbox.webUrl).toBe(
    'https://proxy.example.com:9000/web',
  );
});

describe('where calls with credentials may go', () => {
  test.each([
    'http://api.example.com',
    'https://127.0.0.1:9000',
    'https://localhost',
    'https://api.localhost',
    'https://10.1.2.3',
    'https://169.254.169.254',
    'https://[::1]:9000',
    'https://[::ffff:7f00:1]',
    'https://2130706433',
    'https://0x7f.1',
    'https://0177.0.0.1',
  ])('%s is refused, and taken where private addresses are allowed', (origin) => {
    expect(problemsOf({ DROPBOX_API_URL: origin, ASSEMBLY_API_URL: origin })).toEqual([
      expect.stringMatching(/^DROPBOX_API_URL: .*EGRESS_ALLOW_PRIVATE/),
      expect.stringMatching(/^ASSEMBLY_API_URL: .*EGRESS_ALLOW_PRIVATE/),
    ]);
    expect(problemsOf({ DROPBOX_API_URL: origin, EGRESS_ALLOW_PRIVATE: '1' })).toEqual([]);
  });

  test.each(['https://api.example.com', 'https://8.8.8.8', 'https://[2600:1f00::1]:8443/below'])(
    '%s is taken',
    (origin) => expect(problemsOf({ ASSEMBLY_API_URL: origin })).toEqual([]),
  );
});

describe('problems', () => {
  test('are all listed at once, each naming its setting', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://x/y',
      PORT: 'eighty',
      ASSEMBLY_RPS: '-1',
      LOG_LEVEL: 'loud',
      CAIRN_MAX_ATEMPTS: '3',
      CAIRN_SWEEP_CRON: 'daily',
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'ASSEMBLY_RPS',
      'CAIRN_MAX_ATEMPTS',
      'CAIRN_SWEEP_CRON',
      'DATABASE_URL',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  test.each([
    ['DROPBOX_API_URL', 'ftp://x'],
    ['DROPBOX_API_URL', 'https://x/?a=b'],
    ['DROPBOX_CONTENT_URL', 'x.example.com'],
    ['ASSEMBLY_API_URL', 'https://user:pw@x.example.com'],
    ['PUBLIC_URL', 'https://x/?a=b'],
    ['TEMPORAL_ADDRESS', 'https://temporal:7233'],
    ['TEMPORAL_ADDRESS', 'temporal'],
    ['ASSEMBLY_WEBHOOK_SECRET', 'one,two,three'],
    ['ASSEMBLY_WEBHOOK_SECRET', ','],
    ['TRANSFER_HOSTS', 'https://x.example.com'],
    ['TRANSFER_HOSTS', '*'],
    ['EGRESS_ALLOW_PRIVATE', 'yes please'],
    ['OPERATOR_TOKEN', 'short'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '1e3'],
    ['CAIRN_MASS_DELETE_RATIO', '1.5'],
    ['CAIRN_MAX_ATTEMPTS', '0'],
    ['CAIRN_SWEEP_CRON', '0 8 * *'],
    ['LOG_FORMAT', 'xml'],
  ])('%s can not be %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  test.each([
    ['DATABASE_URL', 'postgres//cairn:canary-value@db'],
    ['ASSEMBLY_WEBHOOK_SECRET', 'canary-value,canary-value,canary-value'],
    ['TOKEN_ENCRYPTION_KEYS', 'canary-value'],
    ['TOKEN_ENCRYPTION_KEYS', 'a:canary-value'],
    ['OPERATOR_TOKEN', 'canary-value'],
  ])('never show the value of %s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('canary-value');
  });

  test('a misspelt CAIRN_ name is one, with the names that there are', () => {
    expect(problemsOf({ CAIRN_DATADIR: 'x' })).toEqual([expect.stringContaining('CAIRN_DATA_DIR')]);
  });
});

describe('secrets from files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (content: string) => {
    const path = join(folder, 'secret');
    writeFileSync(path, content);
    return path;
  };

  test.each([
    ['DATABASE_URL', 'postgresql://u:p@h/d', (env: NodeJS.ProcessEnv) => loadConfig(env).databaseUrl],
    ['DROPBOX_APP_SECRET', 'test-app-secret', (env: NodeJS.ProcessEnv) => loadConfig(env).dropbox.appSecret],
    ['ASSEMBLY_API_KEY', 'test-api-key', (env: NodeJS.ProcessEnv) => loadConfig(env).assembly.apiKey],
    ['TOKEN_ENCRYPTION_KEYS', `a:${KEY}`, (env: NodeJS.ProcessEnv) => loadConfig(env).tokenKeys],
    ['OPERATOR_TOKEN', 'test-operator-token', (env: NodeJS.ProcessEnv) => loadConfig(env).operatorToken],
  ])('%s, without the newline at the end', (name, value, read) => {
    expect(read({ [`${name}_FILE`]: file(`${value}\n`) })).toBe(value);
  });

  test('the webhook secrets too', () => {
    expect(loadConfig({ ASSEMBLY_WEBHOOK_SECRET_FILE: file('one,two\n') }).assembly.webhookSecrets).toEqual([
      'one',
      'two',
    ]);
  });

  test('both a value and a file is a problem', () => {
    expect(problemsOf({ OPERATOR_TOKEN: 'test-operator-token', OPERATOR_TOKEN_FILE: file('x') })).toEqual([
      expect.stringMatching(/^OPERATOR_TOKEN: .*unset one/),
    ]);
  });

  test('a missing and an empty file are problems', () => {
    expect(problemsOf({ ASSEMBLY_API_KEY_FILE: join(folder, 'none') })).toEqual([
      expect.stringMatching(/^ASSEMBLY_API_KEY: .*ASSEMBLY_API_KEY_FILE.*ENOENT/),
    ]);
    const empty = file('\n');
    chmodSync(empty, 0o600);
    expect(problemsOf({ ASSEMBLY_API_KEY_FILE: empty })).toEqual([expect.stringMatching(/is empty/)]);
  });
});

describe('requireConfig', () => {
  test('lists all that are missing at once', () => {
    const config = loadConfig({ DROPBOX_APP_KEY: 'test-app-key' });
    const act = () =>
      requireConfig(config, ['databaseUrl', 'dropbox.appKey', 'dropbox.appSecret', 'tokenKeys']);
    expect(act).toThrow(ConfigError);
    expect(act).toThrow(/DATABASE_URL[\s\S]*DROPBOX_APP_SECRET[\s\S]*TOKEN_ENCRYPTION_KEYS/);
    expect(act).not.toThrow(/DROPBOX_APP_KEY/);
  });

  test('gives a Config in which they are known to be there', () => {
    const config = requireConfig(
      loadConfig({ DATABASE_URL: 'postgresql://u:p@h/d', TEMPORAL_ADDRESS: 'localhost:7233' }),
      ['databaseUrl', 'temporal.address'],
    );
    const url: string = config.databaseUrl;
    const address: string = config.temporal.address;
    expect([url, address]).toEqual(['postgresql://u:p@h/d', 'localhost:7233']);
  });
});
