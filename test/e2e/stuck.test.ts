import { Client, Connection } from '@temporalio/client';
import { itemWorkflowId } from '../../src/temporal/ids';
import { control } from '../support/people';
import { type System, startSystem, waitFor } from '../support/system';

const NAMES = ['a', 'b', 'c', 'd', 'e'].map((name) => `/${name}.txt`);
const FAILING = ['stuck', 'retrying', 'unsyncable'] as const;

let system: System;
let client: Client;
let syncId: string;

beforeAll(async () => {
  system = await startSystem({
    env: { CAIRN_RETRY_MAX_SECONDS: '1', CAIRN_BACKOFF_SECONDS: '1', CAIRN_MAX_ATTEMPTS: '2' },
  });
  client = new Client({ connection: await Connection.connect({ address: system.temporalAddress }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await system?.stop();
}, 60_000);

/** What rows and Temporal say is wrong: `path: state code`, each in its own way. */
async function rowsAndRuns(): Promise<{ rows: string[]; temporal: string[] }> {
  const items = await system.database.store.prisma.fileFolderSync.findMany({
    where: { channelSyncId: syncId },
    orderBy: { itemPath: 'asc' },
  });
  const rows = items
    .filter((item) => item.deletedAt === null && item.pendingActionErrorCode !== null)
    .map((item) => {
      const state =
        item.pendingAction === null ? 'unsyncable' : item.pendingActionAttempts >= 2 ? 'stuck' : 'retrying';
      return `${item.itemPath}: ${state} ${item.pendingActionErrorCode}`;
    });
  // The last run of each item, red or not, with what its search attributes say.
  const temporal: string[] = [];
  for (const { id, itemPath } of items) {
    const last = await client.workflow
      .getHandle(itemWorkflowId(system.portalId, id))
      .describe()
      .catch(() => null);
    if (last?.status.name !== 'FAILED') continue;
    const told = last.searchAttributes;
    temporal.push(`${itemPath}: ${told.SyncStatus?.[0]} ${told.ErrorCode?.[0]}`);
  }
  return { rows, temporal };
}

/** What API and command line say. */
async function told() {
  const api: string[] = [];
  for (const state of FAILING) {
    const { body } = await system.api<{ items: { path: string; error: { code: string } }[] }>(
      `/api/syncs/${syncId}/items?state=${state}`,
    );
    api.push(...body.items.map(({ path, error }) => `${path}: ${state} ${error.code}`));
  }
  const cli = await system.cli('stuck', '--json');
  const stuck = (JSON.parse(cli.stdout) as { items: { path: string; error: { code: string } }[] }).items;
  return {
    api: api.sort(),
    cli: stuck.map(({ path, error }) => `${path}: stuck ${error.code}`).sort(),
    exit: cli.code,
  };
}

/** Waits until the rows say so, then holds everybody else to it. */
async function expectAgreed(rows: string[]): Promise<void> {
  await waitFor(async () => {
    const { rows: owed, temporal } = await rowsAndRuns();
    const agreed = [owed, temporal].every((view) => view.join() === rows.join());
    return agreed ? true : `rows ${owed.join(', ')}; temporal ${temporal.join(', ')}`;
  }, 60_000);
  const stuck = rows.filter((row) => row.includes(': stuck '));
  expect(await told()).toEqual({ api: rows, cli: stuck, exit: stuck.length > 0 ? 1 : 0 });
  expect(await rowsAndRuns()).toEqual({ rows, temporal: rows });
}

const refuse = (message: string, times?: number) =>
  control(`${system.assemblySandbox.controlUrl}/faults`, 'POST', {
    rules: [
      {
        route: 'POST /v1/files*',
        action: 'status',
        status: 400,
        body: JSON.stringify({ message }),
        ...(times === undefined ? {} : { times }),
      },
    ],
  });
const idOf = async (itemPath: string) =>
  (
    await system.database.store.prisma.fileFolderSync.findFirstOrThrow({
      where: { channelSyncId: syncId, itemPath, deletedAt: null },
    })
  ).id;

test('rows, API, command line, search attributes and red workflows always agree on what is stuck', async () => {
  syncId = await system.connect();
  await system.converged(syncId);
  await refuse('name contains forbidden characters', 1);
  await system.dropbox.put('/0.txt', 'a name that Assembly refuses');
  await expectAgreed(['/0.txt: unsyncable name_not_allowed']);

  await refuse('not this one');
  for (const name of NAMES) await system.dropbox.put(name, `one ${name}`);
  const stuck = (names: readonly string[]) => names.map((name) => `${name}: stuck rejected`);
  await expectAgreed(['/0.txt: unsyncable name_not_allowed', ...stuck(NAMES)]);

  await control(`${system.assemblySandbox.controlUrl}/faults`, 'DELETE');
  expect((await system.cli('retry', await idOf('/a.txt'))).code).toBe(0);
  await expectAgreed(['/0.txt: unsyncable name_not_allowed', ...stuck(NAMES.slice(1))]);

  const again = await system.api(`/api/syncs/${syncId}/items/${await idOf('/b.txt')}/retry`, {
    method: 'POST',
  });
  expect(again.status).toBe(202);
  await expectAgreed(['/0.txt: unsyncable name_not_allowed', ...stuck(NAMES.slice(2))]);

  // A person changes one of them, which is tried by itself, and deletes another, which is owed no more.
  await system.dropbox.put('/c.txt', 'two');
  await system.dropbox.remove('/d.txt');
  await system.dropbox.put('/0.txt', 'other bytes under the same name');
  await expectAgreed(stuck(['/e.txt']));

  // One that is re-armed and fails again is stuck again, with its new reason.
  await refuse('still not this one');
  expect((await system.cli('retry', await idOf('/e.txt'))).code).toBe(0);
  await waitFor(async () => ((await attempts('/e.txt')) === 2 ? true : 'not tried twice'), 30_000);
  await expectAgreed(stuck(['/e.txt']));

  await control(`${system.assemblySandbox.controlUrl}/faults`, 'DELETE');
  const { stdout } = await system.cli('resync', syncId, '--wait', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'converged', rearmed: 1, pending: 0, stuck: 0 });
  await expectAgreed([]);
  const tree = await system.converged(syncId);
  expect(tree.map(({ path }) => path).sort()).toEqual(['/0.txt', '/a.txt', '/b.txt', '/c.txt', '/e.txt']);
}, 300_000);

test('what a plan has left waiting for nothing is put right by a resync, and carried out by nobody', async () => {
  const before = await system.converged(syncId);
  // As a plan would leave it that was made before somebody took the folder away.
  await system.database.store.prisma.fileFolderSync.update({
    where: { id: await idOf('/a.txt') },
    data: {
      itemPath: '/gone/a.txt',
      pathKey: '/gone/a.txt',
      pendingAction: 'move',
      pendingActionTarget: 'assembly',
    },
  });
  const { body } = await system.api<{ items: { path: string }[] }>(
    `/api/syncs/${syncId}/items?state=pending`,
  );
  expect(body.items.map(({ path }) => path)).toEqual(['/gone/a.txt']);
  const { stdout } = await system.cli('resync', syncId, '--wait', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'converged', pending: 0, stuck: 0 });
  expect(await system.converged(syncId)).toEqual(before);
  expect(await attempts('/a.txt')).toBe(0);
}, 120_000);

const attempts = async (itemPath: string) =>
  (
    await system.database.store.prisma.fileFolderSync.findFirstOrThrow({
      where: { channelSyncId: syncId, itemPath, deletedAt: null },
    })
  ).pendingActionAttempts;
