import { nextWork } from '../../../src/activities/channel';
import type { ErrorCode } from '../../../src/domain/errors';
import { sideTroubles } from '../../../src/store/connections';
import { createOutage, oweCreates } from './world/outage';
import { useWorld } from './world/useWorld';

const HOUR_MS = 3_600_000;

const world = useWorld({ database: { poolSize: 30 } });
let outage: ReturnType<typeof createOutage>;
beforeEach(async () => {
  outage = createOutage(world);
});

const rows = async () => {
  const [row] = await world.store.prisma.$queryRaw<
    { owed: number; attempts: number; errors: number; history: number }[]
  >`
    SELECT count(*) FILTER (WHERE pending_action IS NOT NULL)::int AS owed,
      coalesce(max(pending_action_attempts), 0)::int AS attempts,
      count(pending_action_error_code)::int AS errors,
      (SELECT count(*)::int FROM sync_history WHERE portal_id = ${world.ref.portalId}) AS history
    FROM file_folder_sync WHERE portal_id = ${world.ref.portalId}`;
  return row!;
};

/** Files that Dropbox has and Assembly lacks, observed and planned. */
async function oweFiles(count: number): Promise<void> {
  for (let n = 0; n < count; n++) world.people.dropbox.put(`/${n}.txt`, `${n}`);
  await world.observe(true);
  await world.plan();
}
const assemblyDown = (code: ErrorCode) =>
  world.calls.refuseAll((call) => (call.startsWith('assembly.') ? code : null));
const troubles = () => sideTroubles(world.store, world.ref.portalId);

test('a long outage over 10,000 owed files spends no attempt, is told once, and costs a call a minute', async () => {
  await oweCreates(world, 10_000);
  assemblyDown('remote_unavailable');

  while (outage.elapsedMs() < HOUR_MS) await outage.round();
  // The clock is set to the end of the day; nothing may have piled up for it.
  await outage.wait(23 * HOUR_MS);
  const before = world.calls.log.length;
  while (outage.elapsedMs() < 24.1 * HOUR_MS) await outage.round();

  expect(await rows()).toEqual({ owed: 10_000, attempts: 0, errors: 0, history: 0 });
  expect(await troubles()).toMatchObject([{ side: 'assembly', code: 'remote_unavailable' }]);
  // The window that was under way when it began, then one for each minute.
  expect(before).toBeLessThan(60 + 2 * 24);
  expect(world.calls.log.length - before).toBeLessThanOrEqual(7);
}, 60_000);

test.each<ErrorCode>([
  'timeout',
  'connection_failed',
  'remote_unavailable',
  'throttled',
  'access_denied',
  'auth_misconfigured',
])('after an outage with %s everything goes through by itself, within a minute and a half', async (code) => {
  await oweFiles(12);
  assemblyDown(code);
  while (outage.elapsedMs() < HOUR_MS / 4) await outage.round();
  expect(world.trees().assembly).toEqual([]);

  world.calls.mend();
  const mended = outage.elapsedMs();
  while ((await rows()).owed > 0 && outage.elapsedMs() - mended < HOUR_MS) await outage.round();

  expect(outage.elapsedMs() - mended).toBeLessThan(90_000);
  expect(await rows()).toMatchObject({ owed: 0, errors: 0 });
  expect(await troubles()).toEqual([]);
  expect(world.trees().assembly).toEqual(world.trees().dropbox);
});

test('one file that Assembly fails on holds up nothing, and spends its own attempts until it is stuck', async () => {
  await oweFiles(6);
  world.calls.refuseAll((call, [request]) =>
    call === 'assembly.createFile' && (request as { path: string }).path === '3.txt'
      ? 'remote_unavailable'
      : null,
  );

  while (outage.elapsedMs() < 12 * HOUR_MS && (await outage.round()).length >= 0) {
    const [stuck] = (await world.items()).filter((row) => row.pendingActionAttempts >= 10);
    if (stuck) break;
  }

  expect(await world.items()).toMatchObject([
    { itemPath: '/0.txt', pendingAction: null },
    { itemPath: '/1.txt', pendingAction: null },
    { itemPath: '/2.txt', pendingAction: null },
    {
      itemPath: '/3.txt',
      pendingAction: 'create',
      pendingActionAttempts: 10,
      pendingActionErrorCode: 'remote_unavailable',
    },
    { itemPath: '/4.txt', pendingAction: null },
    { itemPath: '/5.txt', pendingAction: null },
  ]);
  expect(await troubles()).toEqual([]);
});

test('one file alone in an outage spends no attempt either: Assembly is asked something simple', async () => {
  await oweFiles(1);
  assemblyDown('connection_failed');
  while (outage.elapsedMs() < 2 * HOUR_MS) await outage.round();
  expect(await rows()).toMatchObject({ owed: 1, attempts: 0, errors: 0 });
  expect(await troubles()).toMatchObject([{ side: 'assembly', code: 'connection_failed' }]);
});

test('what failed while its bytes were read from Dropbox is said of Dropbox, and Assembly stays open', async () => {
  await oweFiles(4);
  world.calls.refuseAll((call) => (call === 'dropbox.download' ? 'auth_revoked' : null));
  await outage.round();
  expect(await troubles()).toMatchObject([{ side: 'dropbox', code: 'auth_revoked' }]);
});

test('a full Dropbox stops only what has to be stored there', async () => {
  world.people.dropbox.put('/old.txt', 'old');
  await oweFiles(1);
  await outage.round();
  world.assembly.put('/new.txt', 'new');
  world.assembly.rename('/old.txt', '/renamed.txt');
  world.people.dropbox.put('/other.txt', 'other');
  await world.observe();
  await world.plan();
  world.calls.refuseAll((call) => (call === 'dropbox.upload' ? 'quota_exceeded' : null));

  for (let n = 0; n < 6; n++) await outage.round();

  expect(world.trees().assembly).toContain('file /other.txt other');
  expect(world.trees().dropbox).toContain('file /renamed.txt old');
  expect(await troubles()).toMatchObject([{ side: 'dropbox', code: 'quota_exceeded' }]);
  // Reading Dropbox proves nothing about its room.
  await outage.run('observeDropbox', [world.ref, false], true);
  expect(await troubles()).toHaveLength(1);
  world.calls.mend();
  while ((await rows()).owed > 0) await outage.round();
  expect(await troubles()).toEqual([]);
});

test('a remote that asks for a long pause gets it from everybody', async () => {
  await oweFiles(5);
  world.calls.refuseAll((call) => (call.startsWith('assembly.') ? 'throttled' : null), 300_000);
  await outage.round(world.ref, 1);
  const asked = world.calls.log.length;
  const begun = outage.elapsedMs();
  while (world.calls.log.length === asked) await outage.round();
  expect(outage.elapsedMs() - begun).toBeGreaterThan(295_000);
});

test('two syncs of a portal send one probe between them', async () => {
  await oweFiles(2);
  assemblyDown('access_denied');
  await outage.round();
  const other = await siblingSync();
  await outage.wait(20_000);
  world.calls.clear();

  const [one, two] = await Promise.all([
    nextWork(world.deps, world.ref, 24, []),
    nextWork(world.deps, other, 24, []),
  ]);

  expect(one.items.length + two.items.length).toBe(1);
});

test('an observation of a side that is closed off calls nobody until the probe is due', async () => {
  await oweFiles(3);
  assemblyDown('remote_unavailable');
  await outage.round();
  world.calls.clear();
  const look = () => outage.run('observeAssembly', [world.ref, []], false);

  await expect(look()).rejects.toMatchObject({ type: 'remote_unavailable', nonRetryable: true });
  expect(world.calls.log).toEqual([]);
  await outage.wait(16_000);
  await expect(look()).rejects.toMatchObject({ nonRetryable: true });
  expect(world.calls.log).toHaveLength(1);
  const failure = { code: 'remote_unavailable', message: 'down', side: 'assembly' };
  const again = await outage.run<number>('observationFailed', [world.ref, failure], false);
  expect(again).toBeGreaterThan(20_000);
  expect(again).toBeLessThanOrEqual(60_000);

  world.calls.mend();
  await outage.wait(again);
  expect(await look()).toBe('observed');
  expect(await troubles()).toEqual([]);
});

/** Another sync of the same portal that owes one file. */
async function siblingSync() {
  const { portalId } = world.ref;
  const { id } = await world.store.prisma.channelSync.create({
    data: {
      portalId,
      dbxAccountId: 'dbid:test',
      assemblyChannelId: 'channel-2',
      dbxRootPath: '/Other',
      dbxRootKey: '/other',
      dbxRootId: 'id:other',
      state: 'active',
    },
  });
  const other = { portalId, syncId: id };
  await oweCreates({ store: world.store, ref: other }, 1);
  return other;
}
