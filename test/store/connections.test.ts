import {
  eraseConnection,
  flowingSyncsOfAccount,
  getConnection,
  markRevoked,
  saveConnection,
} from '../../src/store/connections';
import { consumeOauthState, saveOauthState } from '../../src/store/oauthStates';
import { insertSync } from '../../src/store/syncMapping';
import { pauseSync, removeSync } from '../../src/store/syncState';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;
const NOW = new Date('2026-11-23T12:00:00.000Z');
const connection = {
  accountId: 'dbid:A',
  email: 'ada@example.com',
  refreshToken: 'cipher',
  rootNamespaceId: '1',
  homeNamespaceId: '1',
  connectedAt: NOW,
};

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test('a connection is saved once per portal, replaced, marked and erased', async () => {
  expect(await getConnection(db.store, 'p1')).toBeNull();
  await saveConnection(db.store, 'p1', connection);
  await markRevoked(db.store, 'p1', 'cipher');
  expect(await getConnection(db.store, 'p1')).toMatchObject({
    status: 'needs_reauth',
    refreshToken: 'cipher',
  });
  await saveConnection(db.store, 'p1', { ...connection, refreshToken: 'cipher-2' });
  expect(await getConnection(db.store, 'p1')).toEqual({
    portalId: 'p1',
    status: 'connected',
    ...connection,
    refreshToken: 'cipher-2',
  });
  // What a late job says of the token before does not concern the new one.
  await markRevoked(db.store, 'p1', 'cipher');
  expect(await getConnection(db.store, 'p1')).toMatchObject({ status: 'connected' });
  await eraseConnection(db.store, 'p1');
  await markRevoked(db.store, 'p1', 'cipher-2');
  expect(await getConnection(db.store, 'p1')).toMatchObject({
    status: 'disconnected',
    refreshToken: null,
    email: null,
  });
  expect(await getConnection(db.store, 'p2')).toBeNull();
});

test('an account names the flowing syncs of its portals, and nothing of disconnected ones', async () => {
  const accountId = 'dbid:Q';
  const map = async (portalId: string, name: string) => ({
    portalId,
    syncId: await insertSync(db.store, portalId, {
      accountId,
      channelId: name,
      rootPath: `/${name}`,
      rootId: `id:${name}`,
    }),
  });
  for (const portal of ['q2', 'q1', 'q3'])
    await saveConnection(db.store, portal, { ...connection, accountId });
  const [second, first] = [await map('q2', 'a'), await map('q1', 'a')];
  const [paused, removed] = [await map('q1', 'b'), await map('q1', 'c')];
  await pauseSync(db.store, paused);
  await removeSync(db.store, removed);
  const gone = await map('q3', 'a');
  await eraseConnection(db.store, 'q3');
  await db.store.prisma.channelSync.update({ where: { id: gone.syncId }, data: { state: 'active' } });
  expect(await flowingSyncsOfAccount(db.store, accountId)).toEqual([first, second]);
  expect(await flowingSyncsOfAccount(db.store, 'dbid:nobody')).toEqual([]);
});

test('of many that take one state at once, one gets it', async () => {
  const state = {
    stateHash: 's1',
    browserHash: 'b1',
    codeVerifier: 'v',
    expiresAt: new Date(NOW.getTime() + 1),
  };
  await saveOauthState(db.store, 'p1', state, NOW);
  const taken = await Promise.all(
    Array.from({ length: 8 }, () =>
      consumeOauthState(db.store, { stateHash: 's1', browserHash: 'b1', now: NOW }),
    ),
  );
  expect(taken.filter((one) => one !== null)).toEqual([{ portalId: 'p1', codeVerifier: 'v' }]);
});

test('an expired state is not taken, and goes when the portal starts again', async () => {
  const state = { stateHash: 's2', browserHash: 'b', codeVerifier: 'v', expiresAt: NOW };
  await saveOauthState(db.store, 'p1', state, new Date(NOW.getTime() - 1));
  expect(await consumeOauthState(db.store, { stateHash: 's2', browserHash: 'b', now: NOW })).toBeNull();
  await saveOauthState(
    db.store,
    'p1',
    { ...state, stateHash: 's3', expiresAt: new Date(NOW.getTime() + 1) },
    NOW,
  );
  expect(await db.store.prisma.oauthState.findMany({ select: { stateHash: true } })).toEqual([
    { stateHash: 's3' },
  ]);
});

test('a portal has at most twenty flows open; the oldest give way', async () => {
  for (let i = 0; i < 25; i += 1) {
    const expiresAt = new Date(NOW.getTime() + 1_000 + i);
    await saveOauthState(
      db.store,
      'p9',
      { stateHash: `n${i}`, browserHash: 'b', codeVerifier: 'v', expiresAt },
      NOW,
    );
  }
  const left = await db.store.prisma.oauthState.findMany({
    where: { portalId: 'p9' },
    orderBy: { expiresAt: 'asc' },
  });
  expect([left.length, left[0]?.stateHash]).toEqual([20, 'n5']);
});

test('a mapping made while the connection is being ended is paused with it, or refused', async () => {
  await saveConnection(db.store, 'race', { ...connection, accountId: 'dbid:race' });
  const map = (n: number) =>
    insertSync(db.store, 'race', {
      accountId: 'dbid:race',
      channelId: `c${n}`,
      rootPath: `/r${n}`,
      rootId: `id:r${n}`,
    }).catch((error: { code: string }) => error.code);
  const mapped = Array.from({ length: 10 }, (_, n) => map(n));
  await Promise.all([...mapped.slice(0, 5), eraseConnection(db.store, 'race'), ...mapped.slice(5)]);
  const syncs = await db.store.prisma.channelSync.findMany({ where: { portalId: 'race' } });
  expect(syncs.filter(({ state }) => state !== 'paused')).toEqual([]);
  expect(await map(99)).toBe('not_connected');
});
