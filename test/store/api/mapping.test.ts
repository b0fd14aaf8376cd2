import { createTestDatabase, type TestDatabase } from '../../support/database';
import { channel, connect, folder, startApi, type TestApi } from './harness';

/** One channel, one folder, no folder in another: whatever comes at the same time. */

let db: TestDatabase;
let api: TestApi;
let n = 0;

beforeAll(async () => {
  db = await createTestDatabase({ poolSize: 20 });
  api = await startApi(db.store);
  for (let i = 0; i < 20; i += 1) {
    api.remotes.channels.set(`c${i}`, channel(`c${i}`));
    api.remotes.folders.set(`/folder ${i}`, folder(`/Folder ${i}`));
  }
});
afterAll(async () => {
  await api.close();
  await db.drop();
});

/** How Dropbox would spell and identify them if they could stand next to each other. */
const add = (path: string) => api.remotes.folders.set(path.toLowerCase(), folder(path, `id:${n}-${path}`));

async function newPortal(): Promise<string> {
  n += 1;
  await connect(db.store, `ws_${n}`);
  return `ws_${n}`;
}

/** Maps all at once: the statuses, and the rows that are there afterwards. */
async function atOnce(pairs: readonly (readonly [channelId: string, path: string])[]) {
  const portalId = await newPortal();
  const answers = await Promise.all(
    pairs.map(([assemblyChannelId, dropboxPath]) =>
      api.as(portalId)('POST', '/api/syncs', { assemblyChannelId, dropboxPath }),
    ),
  );
  const refusals = answers.filter(({ status }) => status !== 201);
  for (const refusal of refusals) {
    expect([refusal.status, refusal.json().code]).toEqual([409, 'mapping_taken']);
  }
  return {
    made: answers.length - refusals.length,
    rows: await db.store.prisma.channelSync.count({ where: { portalId, deletedAt: null } }),
  };
}

const twenty = Array.from({ length: 20 }, (_, i) => i);

test('twenty requests for one pair make one sync', async () => {
  expect(await atOnce(twenty.map(() => ['c0', '/Folder 0']))).toEqual({ made: 1, rows: 1 });
});

test('twenty folders for one channel, and twenty channels for one folder, make one sync', async () => {
  expect(await atOnce(twenty.map((i) => ['c0', `/Folder ${i}`]))).toEqual({ made: 1, rows: 1 });
  expect(await atOnce(twenty.map((i) => [`c${i}`, '/Folder 0']))).toEqual({ made: 1, rows: 1 });
});

test('twenty pairs of their own make twenty', async () => {
  expect(await atOnce(twenty.map((i) => [`c${i}`, `/Folder ${i}`]))).toEqual({ made: 20, rows: 20 });
});

test.each([
  ['one in the other', ['/Nest', '/Nest/In', '/Nest/In/Deep', '/Nest/Other']],
  ['in another case', ['/Upper', '/UPPER', '/uPPer/In', '/upper/in']],
  ['in another Unicode form', ['/Caf\u00e9', '/Cafe\u0301', '/Cafe\u0301/In', '/CAF\u00c9/In']],
])(
  'of folders that are %s, asked for at once, the outermost or an inner one wins, never two',
  async (_how, paths) => {
    for (const path of paths) add(path);
    for (const order of [paths, [...paths].reverse()]) {
      const { made, rows } = await atOnce(order.map((path, i) => [`c${i}`, path]));
      expect(made).toBe(rows);
      // Two that are both inside a third and beside each other may both be there.
      const beside = order.includes('/Nest/Other') ? 2 : 1;
      expect(made).toBeGreaterThanOrEqual(1);
      expect(made).toBeLessThanOrEqual(beside);
    }
  },
);

test('names that only look alike are two folders', async () => {
  for (const path of ['/Stra\u00dfe', '/Strasse', '/Folder', '/Folder and more']) add(path);
  const pairs = ['/Stra\u00dfe', '/Strasse', '/Folder', '/Folder and more'];
  expect(await atOnce(pairs.map((path, i) => [`c${i}`, path]))).toEqual({ made: 4, rows: 4 });
});

test('the rules are in the database: rows that break them are refused whoever writes them', async () => {
  const portalId = await newPortal();
  const row = (assemblyChannelId: string, dbxRootId: string) =>
    db.store.prisma.channelSync.create({
      data: {
        portalId,
        assemblyChannelId,
        dbxRootId,
        dbxAccountId: 'dbid:A',
        dbxRootPath: '/x',
        dbxRootKey: '/x',
      },
    });
  await row('one', 'id:one');
  await expect(row('one', 'id:two')).rejects.toThrow('Unique constraint');
  await expect(row('two', 'id:one')).rejects.toThrow('Unique constraint');
});
