import { observeAssembly } from '../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../src/activities/observe/dropbox';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { control } from '../../support/people';
import { firstDifference } from '../../support/system';
import { type ConnectedSystem, startConnected } from './connectedSystem';

let database: TestDatabase;
let system: ConnectedSystem;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 });
  system = await startConnected(database, 200);
});
afterAll(async () => {
  await system.close();
  await database.drop();
});

const post = <T>(path: string, body: object = {}) =>
  control<T>(`${system.dropboxControl}${path}`, 'POST', body);

async function mapped(portalId: string, root: string) {
  const { channelId, assembly } = await system.portal(portalId);
  expect((await system.connect(portalId)).status).toBe(200);
  const call = system.api.as(portalId);
  const made = await call('POST', '/api/syncs', { assemblyChannelId: channelId, dropboxPath: root });
  expect(made.status).toBe(201);
  return { call, assembly, ref: { portalId, syncId: made.json<{ id: string }>().id } };
}

const status = async (portalId: string) =>
  (await system.api.as(portalId)('GET', '/api/connection')).json<{ status: string }>().status;

test('two portals on one Dropbox account sync one folder, and one ends its connection without the other', async () => {
  const dropbox = system.dropbox('/Shared');
  await dropbox.folder('');
  await dropbox.put('/a.txt', 'a');
  const one = await mapped('ws_two_1', '/Shared');
  const two = await mapped('ws_two_2', '/Shared');
  await one.assembly.put('/b.txt', 'b');
  for (const { ref } of [one, two, one]) expect(await system.drive(ref)).toEqual([]);
  for (const { assembly } of [one, two]) {
    expect(firstDifference(await dropbox.tree(), await assembly.tree())).toBeNull();
  }
  expect((await one.call('DELETE', '/api/connection')).status).toBe(204);
  await dropbox.put('/c.txt', 'c');
  expect(await system.drive(one.ref)).toEqual([]);
  expect(await system.drive(two.ref)).toEqual([]);
  expect((await two.assembly.tree()).map(({ path }) => path)).toContain('/c.txt');
  expect((await one.assembly.tree()).map(({ path }) => path)).not.toContain('/c.txt');
  expect([await status('ws_two_1'), await status('ws_two_2')]).toEqual(['disconnected', 'connected']);
  // What was revoked is dead at Dropbox too.
  const row = await database.store.prisma.dropboxConnection.findUniqueOrThrow({
    where: { portalId: 'ws_two_1' },
  });
  expect([row.refreshToken, row.email]).toEqual([null, null]);
});

test('a revoked grant needs a new consent at its first sign, spends no attempt, and goes on where it stopped', async () => {
  const dropbox = system.dropbox('/Revoked');
  await dropbox.folder('');
  const { ref, call, assembly } = await mapped('ws_revoked', '/Revoked');
  expect(await system.drive(ref)).toEqual([]);
  for (let i = 0; i < 10; i += 1) await assembly.put(`/file ${i}.txt`, `content ${i}`);
  for (let i = 0; i < 10; i += 1) await dropbox.put(`/other ${i}.txt`, `other ${i}`);
  // Both sides are observed and the work is planned; then the person takes the consent back.
  const run = { signal: new AbortController().signal, heartbeat() {} };
  await observeDropbox(system.deps, ref, false, run);
  await observeAssembly(system.deps, ref, [], run);
  await post('/revoke');

  // It is the side's fault and no item's: none fails.
  expect(await system.drive(ref, { observe: false })).toEqual([]);
  expect(await status('ws_revoked')).toBe('needs_reauth');
  const items = () =>
    database.store.prisma.fileFolderSync.findMany({
      where: { channelSyncId: ref.syncId, pendingAction: { not: null } },
    });
  expect(await items()).toHaveLength(20);
  expect((await items()).map((item) => item.pendingActionAttempts)).toEqual(Array(20).fill(0));
  expect(await database.store.prisma.syncHistory.count({ where: { channelSyncId: ref.syncId } })).toBe(0);
  // Nothing is handed out meanwhile, and the sync keeps its state; the trouble is told once.
  expect(await system.drive(ref, { observe: false })).toEqual([]);
  expect((await call('GET', `/api/syncs/${ref.syncId}`)).json()).toMatchObject({ state: 'active' });
  const { troubles } = (await call('GET', '/api/connection')).json<{ troubles: { code: string }[] }>();
  expect(troubles.map(({ code }) => code)).toEqual(['auth_revoked']);

  expect((await system.connect('ws_revoked')).status).toBe(200);
  expect(await status('ws_revoked')).toBe('connected');
  expect(system.api.temporal.hints.at(-1)).toMatchObject({ ref, hint: { kind: 'look' } });
  expect(await system.drive(ref)).toEqual([]);
  expect(firstDifference(await dropbox.tree(), await assembly.tree())).toBeNull();
  expect(await dropbox.tree()).toHaveLength(20);
});

test('another account is refused with its grant taken back, until the syncs are removed', async () => {
  const { id: other } = await post<{ id: string }>('/accounts', { email: 'other@example.com' });
  await system.dropbox('/Mine').folder('');
  const { call, ref } = await mapped('ws_other', '/Mine');
  const refused = await system.connect('ws_other', other);
  expect([refused.status, refused.text.includes('another Dropbox account')]).toEqual([409, true]);
  expect(await post('/revoke', { account: other })).toEqual({ count: 0 });
  expect(await system.drive(ref)).toEqual([]);
  expect((await call('DELETE', `/api/syncs/${ref.syncId}`)).status).toBe(204);
  expect((await system.connect('ws_other', other)).status).toBe(200);
  expect((await call('GET', '/api/connection')).json()).toMatchObject({ accountId: other });
});

test('the folder picker of a team member shows the whole team space, page by page and by name', async () => {
  const { id } = await post<{ id: string }>('/accounts', { email: 'team@example.com', homePath: '/Ada' });
  for (const [space, path] of [
    ['root', '/Team folder'],
    ['root', '/Team folder/Clients'],
    ['home', '/Private'],
  ]) {
    await post('/folders', { account: id, space, path });
  }
  await system.portal('ws_team');
  expect((await system.connect('ws_team', id)).status).toBe(200);
  const paths = async (query: string) =>
    (await system.api.as('ws_team')('GET', `/api/dropbox/folders${query}`))
      .json<{ items: { path: string }[] }>()
      .items.map(({ path }) => path)
      .sort();
  expect(await paths('')).toEqual(['/Ada', '/Team folder']);
  expect(await paths('?path=/Team%20folder')).toEqual(['/Team folder/Clients']);
  expect(await paths('?query=CLIENT')).toEqual(['/Team folder/Clients']);
  expect(await paths('?path=/Ada')).toEqual(['/Ada/Private']);
});
