import { setTimeout as delay } from 'node:timers/promises';
import type { TreeEntry } from '../support/people';
import { type StormSystem, startStormSystem } from './support/stormSystem';
import { owed, patiently, report, settledFiles, treesAtRest } from './support/watching';

const asked = (name: string, usual: number): number => Number(process.env[name] ?? usual);
/** On each side so many files of its own, half of them there before the storm begins. */
const FILES = asked('STORM_FILES', 5_000) / 2;
const KILL_EVERY_MS = asked('STORM_KILL_EVERY', 5) * 1_000;
const LATEST_MS = asked('STORM_MINUTES', 60) * 60_000;
const FOLDERS = 40;
const ADD_EVERY_MS = 50;

let system: StormSystem;
beforeAll(async () => {
  system = await startStormSystem();
}, 180_000);
afterAll(() => system?.stop(), 120_000);

test(
  'whatever is killed, no file is lost, none is doubled, and none is left pending',
  async () => {
    const expected = new Map<string, string>();
    for (let n = 0; n < FILES / 2; n++) await addPair(expected, n);
    const begun = Date.now();
    const syncId = await system.connect();
    const storm = { over: false };
    const kills = killLoop(storm);
    for (let n = Math.ceil(FILES / 2); n < FILES; n++) {
      await addPair(expected, n);
      await delay(ADD_EVERY_MS);
    }
    // The last tenth is left to a system that nobody kills any more: at most as much as one kill may have set back.
    await patiently(
      async () => ((await settledFiles(system, syncId)) < expected.size * 0.9 ? 'under way' : true),
      LATEST_MS,
    );
    storm.over = true;
    const killed = await kills;
    const stormSeconds = (Date.now() - begun) / 1_000;

    const trees = await patiently(
      () => treesAtRest(system, syncId),
      Math.max(60_000, begun + LATEST_MS - Date.now()),
    );
    const seconds = (Date.now() - begun) / 1_000;
    const figures = {
      files: expected.size,
      seconds: Math.round(seconds),
      stormSeconds: Math.round(stormSeconds),
      kills: killed,
      lost: lost(expected, trees.dropbox) + lost(expected, trees.assembly),
      doubled: extra(expected, trees.dropbox) + extra(expected, trees.assembly),
      pending: await owed(system, syncId),
      ...(await effort(syncId)),
    };
    report(figures);
    expect(figures).toMatchObject({ lost: 0, doubled: 0, pending: 0 });
    expect(Object.values(killed).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  },
  LATEST_MS + 300_000,
);

/** The nth file of either side. */
async function addPair(expected: Map<string, string>, n: number): Promise<void> {
  const dropbox = `/dropbox ${n % FOLDERS}/${n}.txt`;
  const assembly = `/assembly ${n % FOLDERS}/${n}.txt`;
  await system.dropbox.put(dropbox, `from dropbox ${n}`);
  await system.assembly.put(assembly, `from assembly ${n}`);
  expected.set(dropbox, `from dropbox ${n}`).set(assembly, `from assembly ${n}`);
}

/** Kills one process after the other, every few seconds. How often each was killed. */
async function killLoop(storm: { readonly over: boolean }): Promise<Record<string, number>> {
  const killed: Record<string, number> = {};
  for (let turn = 0; !storm.over; turn++) {
    await delay(KILL_EVERY_MS);
    const part = system.parts[turn % system.parts.length]!;
    if (!storm.over && part.kill()) killed[part.name] = (killed[part.name] ?? 0) + 1;
  }
  return killed;
}

const filesOf = (tree: readonly TreeEntry[]) => tree.filter(({ object }) => object === 'file');

/** Files whose bytes are not where a person put them. Both trees are equal, and every content is one of a kind. */
const lost = (expected: ReadonlyMap<string, string>, tree: readonly TreeEntry[]): number => {
  const there = new Map(filesOf(tree).map(({ path, size }) => [path, size]));
  return [...expected].filter(([path, content]) => there.get(path) !== Buffer.byteLength(content)).length;
};

const extra = (expected: ReadonlyMap<string, string>, tree: readonly TreeEntry[]): number => {
  const paths = filesOf(tree).map(({ path }) => path);
  return paths.length - new Set(paths).size + paths.filter((path) => !expected.has(path)).length;
};

/** What it took: calls of Assembly, refusals for being too fast, attempts beyond the first, items that gave up. */
async function effort(syncId: string) {
  const { api, storage } = await system.assemblyCounts();
  const history = await system.store.prisma.syncHistory.groupBy({
    by: ['outcome'],
    where: { channelSyncId: syncId },
    _count: true,
  });
  return {
    assemblyCalls: api.total,
    throttled: api.status['429'] ?? 0,
    puts: storage.puts,
    operations: Object.fromEntries(history.map(({ outcome, _count }) => [outcome, _count])),
  };
}
