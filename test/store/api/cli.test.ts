import type { Io } from '../../../src/cli/io';
import { runCli } from '../../../src/cli/program';
import type { Services } from '../../../src/cli/services';
import { parseKeyring } from '../../../src/domain/keyring';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { connect, type FakeTemporal, fakeRemotes, fakeTemporal, testConfig } from './harness';

let db: TestDatabase;
let temporal: FakeTemporal;
let syncId: string;
let itemId: string;

beforeAll(async () => {
  db = await createTestDatabase();
  await connect(db.store, 'ws_1');
  syncId = (await addSync('ws_1', 'active')).id;
  const item = await db.store.prisma.fileFolderSync.create({
    data: {
      portalId: 'ws_1',
      channelSyncId: syncId,
      object: 'file',
      itemPath: '/stuck.txt',
      pathKey: '/stuck.txt',
      pendingAction: 'create',
      pendingActionTarget: 'assembly',
      pendingActionAttempts: 10,
      pendingActionLastError: 'it failed',
      pendingActionErrorCode: 'rejected',
    },
  });
  itemId = item.id;
});
afterAll(() => db.drop());
beforeEach(() => {
  temporal = fakeTemporal();
});

const addSync = (portalId: string, state: string, more: Record<string, unknown> = {}) =>
  db.store.prisma.channelSync.create({
    data: {
      portalId,
      assemblyChannelId: `ch-${portalId}-${state}`,
      dbxAccountId: 'dbid:A',
      dbxRootPath: '/Team',
      dbxRootKey: `/team-${state}`,
      dbxRootId: `id:${portalId}-${state}`,
      state,
      ...more,
    },
  });

/** One command line, with what it wrote and its exit status. */
const cairn = (...argv: string[]) => cairnWith({}, ...argv);

async function cairnWith(
  changes: Partial<Services>,
  ...argv: string[]
): Promise<{ code: number; out: string; said: string }> {
  const out: string[] = [];
  const said: string[] = [];
  const io: Io = { env: {}, out: (text) => out.push(text), say: (text) => said.push(text) };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const services: Services = {
    config: testConfig(),
    logger: logger as unknown as Services['logger'],
    store: () => db.store,
    temporal: async () => temporal,
    lastingTemporal: () => temporal,
    keyring: () => parseKeyring(`k1:${Buffer.alloc(32).toString('base64')}`),
    remotes: async () => fakeRemotes(),
    preview: async () => ({
      items: [{ path: '/a', object: 'file', rule: 4, decision: 'update on dropbox' }],
      truncated: true,
    }),
    close: async () => {},
    ...changes,
  };
  const code = await runCli(argv, io, { open: () => services });
  return { code, out: out.join('\n'), said: said.join('\n') };
}

test('syncs lists every sync of every portal, as a table and as JSON', async () => {
  const table = await cairn('syncs');
  expect([table.code, table.out.includes(syncId), table.out.includes('/Team')]).toEqual([0, true, true]);
  const { items } = JSON.parse((await cairn('syncs', '--json')).out);
  expect(items).toEqual([
    expect.objectContaining({
      id: syncId,
      portalId: 'ws_1',
      progress: expect.objectContaining({ stuck: 1 }),
    }),
  ]);
  expect(JSON.parse((await cairn('syncs', '--json', '--portal', 'other')).out)).toEqual({ items: [] });
});

test('status takes the start of an id and shows what is in trouble', async () => {
  const { code, out } = await cairn('status', syncId.slice(0, 8));
  expect([code, out.includes('1 stuck'), out.includes('rejected'), out.includes('/stuck.txt')]).toEqual([
    0,
    true,
    true,
    true,
  ]);
});

test('stuck exits 1 while something is, and says what', async () => {
  const { code, out } = await cairn('stuck', '--json');
  expect([code, JSON.parse(out).items[0]]).toEqual([
    1,
    expect.objectContaining({ id: itemId, portalId: 'ws_1', syncId }),
  ]);
  expect((await cairn('stuck', '--portal', 'other')).code).toBe(0);
});

test('pause, resume, resync and retry do what they say', async () => {
  expect((await cairn('pause', syncId)).code).toBe(0);
  expect((await cairn('resync', syncId)).code).toBe(1);
  expect((await cairn('resume', syncId)).code).toBe(0);
  await db.store.prisma.channelSync.update({ where: { id: syncId }, data: { state: 'active' } });
  const resync = await cairn('resync', syncId, '--wait', '--json');
  expect([resync.code, JSON.parse(resync.out).outcome]).toEqual([0, 'converged']);
  expect((await cairn('retry', itemId.slice(0, 10))).code).toBe(0);
  expect(temporal.hints.map(({ hint }) => hint.kind)).toEqual(['look', 'work']);
  expect(
    (await db.store.prisma.fileFolderSync.findUniqueOrThrow({ where: { id: itemId } })).pendingActionAttempts,
  ).toBe(0);
});

test('approve lets the present halt go ahead, and only that', async () => {
  const haltId = '11111111-1111-4111-8111-111111111111';
  const { id } = await addSync('ws_1', 'halted', {
    haltReason: 'mass_delete',
    haltId,
    haltItems: { count: 30, first: [] },
  });
  expect((await cairn('status', id)).code).toBe(7);
  expect((await cairn('approve', id, '--halt', syncId)).code).toBe(7);
  const { code, said } = await cairn('approve', id, '--halt', haltId);
  expect([code, said]).toEqual([0, 'The delete of 30 items goes ahead.']);
  expect((await cairn('approve', id)).code).toBe(1);
});

test('plan prints the decisions, verify and sweep answer', async () => {
  const plan = await cairn('plan', syncId);
  expect([plan.code, plan.out.includes('update on dropbox'), plan.said]).toEqual([
    0,
    true,
    'There is more than is shown.',
  ]);
  expect((await cairn('sweep')).code).toBe(0);
});

test.each([
  [['status', '00000000'], 3],
  [['status', 'no-id'], 3],
  [['retry', 'ffffffff'], 3],
  [['status'], 2],
  [['status', 'a', '--odd'], 2],
  [['nothing'], 2],
  [['--help'], 0],
  [['verify', '--help'], 0],
])('cairn %j exits %i', async (argv, code) => {
  expect((await cairn(...argv)).code).toBe(code);
});

test('an id that several share is a usage error that names them', async () => {
  await addSync('ws_2', 'paused', { id: '77777777-0000-4000-8000-000000000001' });
  await addSync('ws_3', 'paused', { id: '77777777-0000-4000-8000-000000000002' });
  const { code, said } = await cairn('status', '7777');
  expect([code, said.includes('ws_2'), said.includes('ws_3')]).toEqual([2, true, true]);
  expect((await cairn('status', '7777', '--portal', 'ws_3')).code).toBe(0);
});

test('Temporal being away is "try again later"', async () => {
  await cairn('pause', syncId);
  temporal.broken = true;
  const { code, said } = await cairn('resume', syncId);
  expect([code, said.includes('unavailable')]).toEqual([5, true]);
});

test('help starts with examples', async () => {
  expect((await cairn('--help')).out).toMatch(/^Examples:/);
  expect((await cairn('approve', '--help')).out).toMatch(/^Examples:/);
});

test.each([['status'], ['plan'], ['verify'], ['resync'], ['pause'], ['resume'], ['approve'], ['retry']])(
  'cairn %s with another portal finds nothing and changes nothing',
  async (verb) => {
    const { id } = await addSync('ws_owner', 'active', {
      assemblyChannelId: `ch-${verb}`,
      dbxRootId: `id:${verb}`,
    });
    const item = await db.store.prisma.fileFolderSync.create({
      data: { portalId: 'ws_owner', channelSyncId: id, object: 'file', itemPath: '/x', pathKey: '/x' },
    });
    const rows = () => db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } });
    const before = await rows();
    const { code, out } = await cairn(verb, verb === 'retry' ? item.id : id, '--portal', 'other');
    expect([code, out]).toEqual([3, '']);
    expect(await rows()).toEqual(before);
    expect(temporal.hints).toEqual([]);
  },
);

describe('doctor', () => {
  interface Told {
    findings: { check: string; ok: boolean; found: string; advice?: string }[];
  }
  const examine = async (config: Parameters<typeof testConfig>[0], keys = 'k1') => {
    const { code, out } = await cairnWith(
      {
        config: testConfig({ databaseUrl: db.url, tokenKeys: 'set', ...config }),
        keyring: () =>
          parseKeyring(
            keys
              .split(',')
              .map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`)
              .join(','),
          ),
      },
      'doctor',
      '--json',
    );
    const { findings: checks } = JSON.parse(out) as Told;
    return { code, of: (name: string) => checks.find(({ check }) => check === name), checks };
  };

  test('says of every dependency how it is, also after one that is not well', async () => {
    const { code, checks } = await examine({});
    expect(code).toBe(1);
    expect(checks.map(({ check }) => check)).toEqual([
      'settings',
      'egress',
      'public address',
      'webhook secrets',
      'operators',
      'database',
      'migrations',
      'encryption keys',
      'connections',
      'temporal',
      'search attributes',
      'sweep schedule',
      'workers',
      'assembly',
      'dropbox',
      'node',
    ]);
    for (const { ok, advice } of checks) expect(ok || (advice ?? '').length > 10).toBe(true);
  });

  test('tells a stored secret whose key is gone from one that is due to be rotated', async () => {
    const make = (id: string) =>
      parseKeyring(`${id}:${Buffer.alloc(32, id).toString('base64')}`).encrypt('token', 'ws_keys');
    await connect(db.store, 'ws_keys');
    const store = (refreshToken: string) =>
      db.store.prisma.dropboxConnection.updateMany({ data: { refreshToken } });
    await store(make('k1'));
    expect((await examine({}, 'k1')).of('encryption keys')).toMatchObject({ ok: true });
    expect((await examine({}, 'k2,k1')).of('encryption keys')?.found).toContain('rotate-keys');
    expect((await examine({}, 'k2')).of('encryption keys')).toMatchObject({ ok: false });
  });

  test('notices what must not be on the internet, and portals that wait for a person', async () => {
    await db.store.prisma.dropboxConnection.updateMany({
      where: { portalId: 'ws_1' },
      data: { status: 'needs_reauth' },
    });
    const { of } = await examine({ egressAllowPrivate: false, publicUrl: 'http://cairn.test' });
    expect(of('public address')).toMatchObject({ ok: false });
    expect(of('webhook secrets')?.found).toContain('ASSEMBLY_WEBHOOK_SECRET');
    expect(of('connections')).toMatchObject({
      ok: false,
      found: expect.stringContaining('1 to be connected'),
    });
  });
});
