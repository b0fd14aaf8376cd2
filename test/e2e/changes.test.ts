import type { Person, TreeEntry } from '../support/people';
import { type System, startSystem, waitFor } from '../support/system';

let system: System;
let syncId: string;

beforeAll(async () => {
  system = await startSystem();
  syncId = await system.connect();
  await system.converged(syncId);
}, 120_000);
afterAll(() => system?.stop(), 60_000);

interface Change {
  readonly name: string;
  /** Where it is done; both unless said. */
  readonly sides?: readonly ('dropbox' | 'assembly')[];
  readonly before?: (side: Person) => Promise<unknown>;
  readonly act: (side: Person) => Promise<unknown>;
  /** Paths below the case's own folder that both sides hold afterwards. */
  readonly after: readonly string[];
  /** Most calls of Assembly's API that the change may cost, made on Dropbox and made on Assembly. */
  readonly calls: { readonly dropbox: number; readonly assembly: number };
}

const CHANGES: readonly Change[] = [
  {
    name: 'a new file',
    act: (side) => side.put('/new.txt', 'new'),
    after: ['/new.txt'],
    calls: { dropbox: 1, assembly: 1 },
  },
  {
    name: 'an empty file',
    act: (side) => side.put('/empty.txt', ''),
    after: ['/empty.txt'],
    calls: { dropbox: 1, assembly: 1 },
  },
  {
    name: 'an edit',
    before: (side) => side.put('/edit.txt', 'one'),
    act: (side) => side.put('/edit.txt', 'two, longer'),
    after: ['/edit.txt'],
    calls: { dropbox: 3, assembly: 3 },
  },
  {
    name: 'an edit of the same length',
    before: (side) => side.put('/same.txt', 'one'),
    act: (side) => side.put('/same.txt', 'two'),
    after: ['/same.txt'],
    calls: { dropbox: 3, assembly: 3 },
  },
  {
    name: 'a rename',
    before: (side) => side.put('/old name.txt', 'bytes'),
    act: (side) => side.move('/old name.txt', '/new name.txt'),
    after: ['/new name.txt'],
    calls: { dropbox: 3, assembly: 1 },
  },
  {
    // On Dropbox no feed tells of it: a full look does, in a test of its own.
    name: 'a rename to another letter case',
    sides: ['assembly'],
    before: (side) => side.put('/case.txt', 'bytes'),
    act: (side) => side.move('/case.txt', '/Case.txt'),
    after: ['/Case.txt'],
    calls: { dropbox: 3, assembly: 1 },
  },
  {
    name: 'a move into another folder',
    before: async (side) => {
      await side.put('/a/file.txt', 'bytes');
      await side.folder('/b');
    },
    act: (side) => side.move('/a/file.txt', '/b/file.txt'),
    after: ['/a', '/b', '/b/file.txt'],
    calls: { dropbox: 3, assembly: 1 },
  },
  {
    name: 'a delete of a file',
    before: (side) => side.put('/gone.txt', 'bytes'),
    act: (side) => side.remove('/gone.txt'),
    after: [],
    calls: { dropbox: 2, assembly: 1 },
  },
  {
    name: 'a folder with folders and files in it',
    act: async (side) => {
      await side.put('/deep/er/est/file.txt', 'bytes');
      await side.folder('/deep/empty');
    },
    after: ['/deep', '/deep/empty', '/deep/er', '/deep/er/est', '/deep/er/est/file.txt'],
    calls: { dropbox: 5, assembly: 5 },
  },
  {
    name: 'a rename of a full folder',
    before: async (side) => {
      await side.put('/full/one.txt', '1');
      await side.put('/full/sub/two.txt', '2');
    },
    act: (side) => side.move('/full', '/renamed'),
    after: ['/renamed', '/renamed/one.txt', '/renamed/sub', '/renamed/sub/two.txt'],
    // On Assembly every file is made anew (3 each) and every folder built and removed (2 each).
    calls: { dropbox: 10, assembly: 2 },
  },
  {
    name: 'a delete of a full folder',
    before: async (side) => {
      await side.put('/doomed/one.txt', '1');
      await side.put('/doomed/sub/two.txt', '2');
    },
    act: (side) => side.remove('/doomed'),
    after: [],
    // Two for each file, one for each folder.
    calls: { dropbox: 6, assembly: 6 },
  },
  {
    name: 'two names swapped',
    before: async (side) => {
      await side.put('/left.txt', 'was left');
      await side.put('/right.txt', 'was right, longer');
    },
    act: async (side) => {
      await side.move('/left.txt', '/aside.txt');
      await side.move('/right.txt', '/left.txt');
      await side.move('/aside.txt', '/right.txt');
    },
    after: ['/left.txt', '/right.txt'],
    calls: { dropbox: 9, assembly: 6 },
  },
  {
    name: 'names that are not ASCII',
    act: (side) => side.put('/Größe – 見積書 ✓.txt', 'bytes'),
    after: ['/Größe – 見積書 ✓.txt'],
    calls: { dropbox: 1, assembly: 1 },
  },
];

const CASES = CHANGES.flatMap((change, index) =>
  (change.sides ?? (['dropbox', 'assembly'] as const)).map((side) => ({
    ...change,
    side,
    folder: `/case ${index} ${side}`,
  })),
);

test.each(CASES)(
  '$name on $side',
  async ({ side, folder, before, act, after, calls }) => {
    const person = inside(system[side], folder);
    await system[side].folder(folder);
    await before?.(person);
    await settled();
    await system.resetLogs();

    await act(person);
    const tree = await settledWith((entries) => sameNames(entries, folder, after));

    expect(names(tree, folder)).toEqual([...after].sort());
    const { api } = await system.assemblyCalls();
    expect(api.total <= calls[side] ? 'within budget' : { total: api.total, ...api.byRoute }).toBe(
      'within budget',
    );
    expect(api.status['429'] ?? 0).toBe(0);
  },
  90_000,
);

test('a converged pair is silent: a full look writes nothing', async () => {
  await settled();
  await system.resetLogs();
  const { status } = await system.api(`/api/syncs/${syncId}/resync`, { method: 'POST', body: '{}' });
  expect(status).toBe(202);
  await waitFor(async () => {
    const { body } = await system.api<{ resyncing: boolean }>(`/api/syncs/${syncId}`);
    return body.resyncing ? 'resyncing' : true;
  }, 60_000);
  const { api, storage } = await system.assemblyCalls();
  expect(storage.puts).toBe(0);
  expect(Object.keys(api.byRoute).filter((route) => !route.startsWith('GET'))).toEqual([]);
  await settled();
}, 90_000);

const inside = (side: Person, folder: string): Person => ({
  put: (path, content, size) => side.put(`${folder}${path}`, content, size),
  folder: (path) => side.folder(`${folder}${path}`),
  move: (from, to) => side.move(`${folder}${from}`, `${folder}${to}`),
  remove: (path) => side.remove(`${folder}${path}`),
  tree: () => side.tree(),
  read: (path) => side.read(`${folder}${path}`),
});

const names = (entries: readonly TreeEntry[], folder: string): string[] =>
  entries
    .filter((entry) => entry.path.startsWith(`${folder}/`))
    .map((entry) => entry.path.slice(folder.length))
    .sort();

const sameNames = (entries: readonly TreeEntry[], folder: string, wanted: readonly string[]) =>
  JSON.stringify(names(entries, folder)) === JSON.stringify([...wanted].sort());

/** Equal trees, nothing owed, and no workflow of the sync at work. */
const settled = () => settledWith(() => true);

async function settledWith(holds: (entries: readonly TreeEntry[]) => boolean): Promise<TreeEntry[]> {
  return await waitFor(async () => {
    const entries = await system.converged(syncId, 15_000);
    if (!holds(entries)) return `not there yet: ${entries.map((entry) => entry.path).join(', ')}`;
    return (await system.busy(syncId)) ? 'still at work' : entries;
  }, 20_000);
}
