import type { ActivityDeps } from '../../../src/activities/deps';
import { listPortals, wakeSyncs } from '../../../src/activities/sweep';
import { meterCalls } from '../../../src/store/callSlots';
import type { ChannelHint } from '../../../src/workflows/messages';
import { oweCreates } from './world/outage';
import { useWorld } from './world/useWorld';
import { createWorld, type World } from './world/world';

const world = useWorld();
let hints: { syncId: string; hint: ChannelHint }[];
let deps: ActivityDeps;
beforeEach(async () => {
  hints = [];
  deps = { ...world.deps, hinter: { hint: async ({ syncId }, hint) => void hints.push({ syncId, hint }) } };
});

async function connect(portalId = world.ref.portalId): Promise<void> {
  await world.store.prisma.dropboxConnection.create({
    data: { portalId, accountId: 'dbid:test', refreshToken: 'ciphertext', status: 'connected' },
  });
}
const setSync = (data: Parameters<World['store']['prisma']['channelSync']['update']>[0]['data']) =>
  world.store.prisma.channelSync.update({ where: { id: world.ref.syncId }, data });
/** What one page of the portal's sweep tells its syncs, by kind. */
async function woken(of: World = world): Promise<string[]> {
  hints = [];
  await wakeSyncs(deps, of.ref.portalId, null);
  return hints.filter(({ syncId }) => syncId === of.ref.syncId).map(({ hint }) => hint.kind);
}
const tried = (attempts: number, secondsAgo: number) => world.store.prisma.$executeRaw`
  UPDATE file_folder_sync SET pending_action_attempts = ${attempts},
    pending_action_last_attempt_at = now() - make_interval(secs => ${secondsAgo}::float8)
  WHERE channel_sync_id = ${world.ref.syncId}::uuid`;

test.each(['initial', 'active'])(
  'a sync that is %s is looked at on both sides: a hint may have got lost',
  async (state) => {
    await connect();
    await setSync({ state });
    expect(await woken()).toEqual(['dropbox', 'assembly']);
  },
);

test.each(['paused', 'removed', 'halted'])(
  'a sync that is %s is left alone, and so is its portal',
  async (state) => {
    await connect();
    await setSync({
      state,
      haltReason: state === 'halted' ? 'mass_delete' : null,
      deletedAt: state === 'removed' ? new Date() : null,
    });
    expect(await woken()).toEqual([]);
    expect(await everyPortal()).not.toContain(world.ref.portalId);
  },
);

test.each([
  { attempts: 0, secondsAgo: 0, due: true },
  { attempts: 1, secondsAgo: 290, due: false },
  { attempts: 1, secondsAgo: 310, due: true },
  { attempts: 9, secondsAgo: 2_690, due: false },
  { attempts: 9, secondsAgo: 2_710, due: true },
  { attempts: 10, secondsAgo: 99_999, due: false },
])('without a connection, after $attempts attempts, the last $secondsAgo s ago, due: $due', async (row) => {
  await oweCreates(world, 1);
  await tried(row.attempts, row.secondsAgo);
  expect(await woken()).toEqual(row.due ? ['work'] : []);
});

test('a plan that was never made is made', async () => {
  await oweCreates(world, 1);
  await tried(10, 0);
  await world.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: world.ref.syncId },
    data: { dirty: true },
  });
  expect(await woken()).toEqual(['work']);
});

test('channels are listed as far as the budget goes, and a listing that broke off is finished in any case', async () => {
  await connect();
  await setSync({ state: 'active' });
  await meterCalls(world.store.prisma, world.ref.portalId, 'assembly', [{ kind: 'list', calls: 1_000 }]);
  expect(await woken()).toEqual(['dropbox']);
  await setSync({ assemblyLookOpen: true });
  expect(await woken()).toEqual(['dropbox', 'assembly']);
});

test('where the budget is short, the channel that has waited longest is listed', async () => {
  await connect();
  await setSync({ state: 'active', assemblyObservedAt: new Date() });
  const { id: older } = await world.store.prisma.channelSync.create({
    data: {
      portalId: world.ref.portalId,
      dbxAccountId: 'dbid:test',
      assemblyChannelId: 'channel-2',
      dbxRootPath: '/Other',
      dbxRootKey: '/other',
      dbxRootId: 'id:other',
      state: 'active',
      assemblyObservedAt: new Date(Date.now() - 3_600_000),
    },
  });
  // What the month so far allows is one call and a half; however young it is, a quarter of the budget.
  const now = new Date();
  const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
  const monthlyBudget = 1.5 / Math.max(0.25, now.getUTCDate() / days);
  deps = { ...deps, settings: { ...deps.settings, monthlyBudget } };
  await wakeSyncs(deps, world.ref.portalId, null);
  const listed = hints.filter(({ hint }) => hint.kind === 'assembly').map(({ syncId }) => syncId);
  expect(listed).toEqual([older]);
});

test('portals and syncs are listed in pages, every one once', async () => {
  const names = Array.from({ length: 450 }, (_, n) => `paged-${String(n).padStart(3, '0')}`);
  await insertSyncs(names.map((portalId) => ({ portalId, count: 1 })));
  const found = (await everyPortal()).filter((portalId) => portalId.startsWith('paged-'));
  expect(found).toEqual(names);

  await insertSyncs([{ portalId: 'many-syncs', count: 1_100 }]);
  await connect('many-syncs');
  hints = [];
  const pages: number[] = [];
  for (let after: string | null = null; ; ) {
    const page: { woken: number; next: string | null } = await wakeSyncs(deps, 'many-syncs', after);
    pages.push(page.woken);
    if (page.next === null) break;
    after = page.next;
  }
  expect(pages).toEqual([500, 500, 100]);
  expect(new Set(hints.map(({ syncId }) => syncId)).size).toBe(1_100);
});

test('a flood of 100,000 rows in one portal holds neither its own sweep up nor that of another', async () => {
  const flooded = await createWorld(world.store);
  await oweCreates(flooded, 100_000);
  // Stuck rows are the worst case: each has to be looked at to find that none is due.
  await world.store.prisma.$executeRaw`
    UPDATE file_folder_sync SET pending_action_attempts = 10 WHERE portal_id = ${flooded.ref.portalId}`;
  await connect();
  await setSync({ state: 'active' });

  const begun = performance.now();
  expect(await woken(flooded)).toEqual([]);
  const own = performance.now() - begun;
  expect(await woken()).toEqual(['dropbox', 'assembly']);
  const other = performance.now() - begun - own;

  expect(own).toBeLessThan(5_000);
  expect(other).toBeLessThan(1_000);
}, 60_000);

test('a portal whose wake fails says so alone; the next one is woken', async () => {
  const failing = await createWorld(world.store);
  await connect();
  await connect(failing.ref.portalId);
  await setSync({ state: 'active' });
  const broken: ActivityDeps = {
    ...deps,
    hinter: {
      async hint(ref, hint) {
        if (ref.portalId === failing.ref.portalId) throw new Error('refused');
        await deps.hinter.hint(ref, hint);
      },
    },
  };
  await expect(wakeSyncs(broken, failing.ref.portalId, null)).rejects.toThrow('refused');
  await wakeSyncs(broken, world.ref.portalId, null);
  expect(hints.map(({ hint }) => hint.kind)).toEqual(['dropbox', 'assembly']);
});

async function everyPortal(): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const page = await listPortals(deps, all.at(-1) ?? '');
    expect(page.length).toBeLessThanOrEqual(200);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

async function insertSyncs(portals: readonly { portalId: string; count: number }[]): Promise<void> {
  await world.store.prisma.$executeRaw`
    INSERT INTO channel_sync (portal_id, dbx_account_id, assembly_channel_id, dbx_root_path, dbx_root_key, dbx_root_id,
                              state)
    SELECT p."portalId", 'dbid:test', 'channel-' || n, '/' || n, '/' || n, 'id:' || n, 'active'
    FROM jsonb_to_recordset(${JSON.stringify(portals)}::jsonb) AS p("portalId" text, count int),
      generate_series(1, p.count) n`;
}
