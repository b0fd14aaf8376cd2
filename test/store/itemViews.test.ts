import { listItems, rearmStuck } from '../../src/store/itemViews';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;
let syncId: string;
const RULES = { maxAttempts: 10, backoffSeconds: 300 };

beforeAll(async () => {
  db = await createTestDatabase();
  const sync = await db.store.prisma.channelSync.create({
    data: {
      portalId: 'p1',
      assemblyChannelId: 'c',
      dbxAccountId: 'a',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
    },
  });
  syncId = sync.id;
  await db.store.prisma.fileFolderSync.createMany({
    data: Array.from({ length: 25 }, (_, index) => ({
      portalId: 'p1',
      channelSyncId: syncId,
      object: 'file',
      // Several items claim no place and share a path: the id must carry the page over them.
      itemPath: `/same-${Math.floor(index / 5)}`,
      pathKey: null,
      ...(index % 5 === 0
        ? {
            pendingAction: 'create',
            pendingActionTarget: 'assembly',
            pendingActionAttempts: 10,
            pendingActionLastError: 'e',
          }
        : {}),
    })),
  });
});
afterAll(() => db.drop());

test('pages go over items that share a path, each once and in order', async () => {
  const seen: string[] = [];
  let after: { path: string; id: string } | undefined;
  for (let pages = 0; pages < 20; pages += 1) {
    const page = await listItems(
      db.store,
      { portalId: 'p1', syncId },
      { limit: 4, ...(after ? { after } : {}) },
      RULES,
    );
    seen.push(...page.map(({ id }) => id));
    after = page.at(-1);
    if (after === undefined) break;
  }
  expect([seen.length, new Set(seen).size]).toEqual([25, 25]);
});

test('another portal sees and re-arms nothing', async () => {
  const ref = { portalId: 'p2', syncId };
  expect(await listItems(db.store, ref, { limit: 10 }, RULES)).toEqual([]);
  expect(await rearmStuck(db.store, ref, 10)).toBe(0);
});

test('all stuck items of a sync are re-armed, and no others', async () => {
  const ref = { portalId: 'p1', syncId };
  expect(await rearmStuck(db.store, ref, 10)).toBe(5);
  expect(await rearmStuck(db.store, ref, 10)).toBe(0);
  const pending = await listItems(db.store, ref, { state: 'pending', limit: 10 }, RULES);
  expect(pending.map(({ attempts, error }) => [attempts, error])).toEqual(Array(5).fill([0, null]));
});
