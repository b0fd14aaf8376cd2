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
async function cairn(...argv: string[]): Promise<{ code: number; out: string; said: string }> {
  const out: string[] = [];
  const said: string[] = [];
  const io: Io = { env: {}, out: (text) => out.push(text), say: (text) => said.push(text) };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const services: Services = {
    config: testConfig(),
    logger: logger as unknown as Services['logger'],
    store: () => db.store,
    temporal: async () => temporal,
    keyring: () => parseKeyring(`k1:${Buffer.alloc(32).toString('base64')}`),
    remotes: async () => fakeRemotes(),
    preview: async () => ({
      items: [{ path: '/a', object: 'file', rule: 4, decision: 'update on dropbox' }],
      truncated: true,
    }),
    close: async () => {},
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
