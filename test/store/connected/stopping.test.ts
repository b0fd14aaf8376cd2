import { createTestDatabase, type TestDatabase } from '../../support/database';
import { firstDifference, waitFor } from '../../support/system';
import { type ConnectedSystem, startConnected } from './connectedSystem';

/** After the answer that stopped a sync no write of it begins, the first sync included (I7). */

let database: TestDatabase;
let system: ConnectedSystem;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 });
  // Slow, so that most writes wait for their slot when the sync is stopped.
  system = await startConnected(database, 8);
});
afterAll(async () => {
  await system.close();
  await database.drop();
});

const FILES = 15;
let n = 0;

/** A mapped pair with files to go both ways, none of them synced yet. */
async function mapped() {
  n += 1;
  const [portalId, root] = [`ws_stop_${n}`, `/Stop ${n}`];
  const { channelId, assembly } = await system.portal(portalId);
  const dropbox = system.dropbox(root);
  await dropbox.folder('');
  for (let i = 0; i < FILES; i += 1) await dropbox.put(`/from dropbox ${i}.txt`, `dropbox ${i}`);
  for (let i = 0; i < FILES; i += 1) await assembly.put(`/from assembly ${i}.txt`, `assembly ${i}`);
  expect((await system.connect(portalId)).status).toBe(200);
  const call = system.api.as(portalId);
  const body = { assemblyChannelId: channelId, dropboxPath: root };
  const made = await call('POST', '/api/syncs', body);
  expect(made.status).toBe(201);
  return { call, dropbox, assembly, ref: { portalId, syncId: made.json<{ id: string }>().id }, body };
}

/** Drives the sync, stops it in the middle of its writes, and tells which writes began after the answer. */
async function stopInTheMiddle(
  ref: { portalId: string; syncId: string },
  stop: () => Promise<{ status: number }>,
) {
  const begin = new Date();
  const driving = system.drive(ref);
  await waitFor(async () => ((await system.writesSince(begin)).length > 10 ? true : 'no writes'), 20_000);
  const { status } = await stop();
  const answered = new Date();
  const failed = await driving;
  return { status, failed, late: await system.writesSince(answered), begin };
}

const rows = (syncId: string) =>
  database.store.prisma.fileFolderSync.findMany({ where: { channelSyncId: syncId } });

test('PATCH paused in the middle of the initial sync, and going on afterwards', async () => {
  const { ref, call, dropbox, assembly } = await mapped();
  const { status, failed, late } = await stopInTheMiddle(ref, () =>
    call('PATCH', `/api/syncs/${ref.syncId}`, { state: 'paused' }),
  );
  expect({ status, failed, late }).toEqual({ status: 200, failed: [], late: [] });
  const left = (await rows(ref.syncId)).filter((row) => row.pendingAction !== null);
  expect(left.length).toBeGreaterThan(2);
  expect(left.filter((row) => row.pendingActionLastError !== null)).toEqual([]);
  expect((await call('PATCH', `/api/syncs/${ref.syncId}`, { state: 'active' })).status).toBe(200);
  expect(await system.drive(ref)).toEqual([]);
  const [left2, right] = await Promise.all([dropbox.tree(), assembly.tree()]);
  expect(firstDifference(left2, right)).toBeNull();
  expect(left2).toHaveLength(2 * FILES);
});

test('DELETE of the sync in the middle of the initial sync, and mapping the pair again', async () => {
  const { ref, call, dropbox, assembly, body } = await mapped();
  const stopped = await stopInTheMiddle(ref, () => call('DELETE', `/api/syncs/${ref.syncId}`));
  expect([stopped.status, stopped.failed, stopped.late]).toEqual([204, [], []]);
  const again = await call('POST', '/api/syncs', body);
  expect(again.status).toBe(201);
  const renewed = { ...ref, syncId: again.json<{ id: string }>().id };
  expect(await system.drive(renewed)).toEqual([]);
  const [left, right] = await Promise.all([dropbox.tree(), assembly.tree()]);
  expect(firstDifference(left, right)).toBeNull();
  expect(left).toHaveLength(2 * FILES);
});

test('DELETE of the connection in the middle, and going on after connecting again', async () => {
  const { ref, call, dropbox, assembly } = await mapped();
  const stopped = await stopInTheMiddle(ref, () => call('DELETE', '/api/connection'));
  expect([stopped.status, stopped.failed, stopped.late]).toEqual([204, [], []]);
  expect((await rows(ref.syncId)).filter((row) => row.pendingActionLastError !== null)).toEqual([]);
  expect((await system.connect(ref.portalId)).status).toBe(200);
  // After a disconnect a sync stays paused until somebody says otherwise.
  expect((await call('GET', `/api/syncs/${ref.syncId}`)).json()).toMatchObject({ state: 'paused' });
  await call('PATCH', `/api/syncs/${ref.syncId}`, { state: 'active' });
  expect(await system.drive(ref)).toEqual([]);
  const [left, right] = await Promise.all([dropbox.tree(), assembly.tree()]);
  expect(firstDifference(left, right)).toBeNull();
});
