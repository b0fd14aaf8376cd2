import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { endPass, nextWork } from '../../../../src/activities/channel';
import { assemblyObject, deleted, file, folder, useBigWorld } from './bigSides';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const FILES = 20_000;
const DELTA = 50_000;
const MB = 1024 * 1024;
/** What may stay on the heap after a step, whatever the sync's size. */
const KEPT = 30 * MB;

let pageHeaps: number[] = [];
const { world, dropbox, assembly, made } = useBigWorld(() => {
  gc();
  pageHeaps.push(process.memoryUsage().heapUsed);
});

/** What a step cost: statements, and bytes that it left on the heap. */
async function measured(run: () => Promise<unknown>): Promise<{ statements: number; kept: number }> {
  gc();
  const before = process.memoryUsage().heapUsed;
  made.statements = 0;
  await run();
  const { statements } = made;
  gc();
  return { statements, kept: process.memoryUsage().heapUsed - before };
}

const rev = (index: number) => `rev${String(index).padStart(6, '0')}`;
const pending = async () =>
  Object.fromEntries(
    (
      await world.store.prisma.$queryRaw<{ what: string; n: number }[]>`
        SELECT concat_ws(' ', pending_action, object, pending_action_target) AS what, count(*)::int AS n
        FROM file_folder_sync WHERE channel_sync_id = ${world.ref.syncId}::uuid AND deleted_at IS NULL GROUP BY 1`
    ).map(({ what, n }) => [what, n]),
  );
const nextFeed = () =>
  world.store.prisma.channelSync.update({ where: { id: world.ref.syncId }, data: { dbxCursor: 'next' } });

const NAME = '20,000 files in one folder, and a single delta of 50,000 entries';
test(`${NAME}, are observed page by page and planned by a few hundred statements`, async () => {
  dropbox.tells(FILES + 1, (index) =>
    index === 0 ? folder('id:big', '/big') : file(`id:${index}`, `/big/file ${index}.txt`, rev(index)),
  );
  const listed = await measured(() => world.observeDropbox(true));
  expect(listed.statements).toBeLessThan(150);
  expect(listed.kept).toBeLessThan(KEPT);
  // The last page needs no more memory than the second: none of them is kept.
  expect(pageHeaps.at(-1)! - pageHeaps[1]!).toBeLessThan(KEPT);
  await world.observeAssembly();
  const planned = await measured(() => world.plan());
  expect(planned.statements).toBeLessThan(150);
  expect(planned.kept).toBeLessThan(KEPT);
  expect(await pending()).toEqual({ 'create file assembly': FILES, 'create folder assembly': 1 });
  expect((await nextWork(world.deps, world.ref, 96, [])).items.map(({ label }) => label)).toEqual([
    'create folder big on assembly',
  ]);
  // Whoever waits for it is looked into once, and no more of them than one review may.
  const review = () => endPass(world.deps, world.ref, 'all');
  const reviewed = await measured(async () => expect((await review()).reviewed).toBe(501));
  expect(reviewed.statements).toBeLessThan(15);
  expect((await measured(() => world.plan())).statements).toBeLessThan(100);
  expect(await pending()).toEqual({ 'create file assembly': FILES, 'create folder assembly': 1 });

  assembly.holds(FILES + 1, (index) =>
    assemblyObject(
      `a${index}`,
      index === 0 ? '/big' : `/big/file ${index}.txt`,
      index === 0 ? 'folder' : 'file',
    ),
  );
  const shown = await measured(() => world.observeAssembly());
  expect(shown.kept).toBeLessThan(KEPT);
  // As if each had been read and found equal.
  await world.store.prisma.$executeRaw`
    UPDATE assembly_seen a SET hash = d.hash FROM dbx_seen d WHERE d.path_key = a.path_key`;
  const linked = await measured(() => world.plan());
  expect(linked.statements).toBeLessThan(150);
  expect(await pending()).toEqual({ file: FILES, folder: 1 });

  pageHeaps = [];
  await nextFeed();
  dropbox.tells(DELTA, (index) => {
    if (index === 0) return deleted('/big');
    if (index === 1) return folder('id:big', '/moved');
    const old = index - 1;
    return old <= FILES
      ? file(`id:${old}`, `/moved/file ${old}.txt`, rev(old))
      : file(`id:new${index}`, `/moved/new ${index}.txt`, rev(index));
  });
  const drained = await measured(() => world.observeDropbox());
  expect(drained.statements).toBeLessThan(300);
  expect(drained.kept).toBeLessThan(KEPT);
  expect(pageHeaps.at(-1)! - pageHeaps[1]!).toBeLessThan(KEPT);
  const replanned = await measured(() => world.plan());
  expect(replanned.statements).toBeLessThan(300);
  expect(replanned.kept).toBeLessThan(KEPT);
  expect(await pending()).toEqual({
    'move file assembly': FILES,
    'move folder assembly': 1,
    'create file assembly': DELTA - FILES - 2,
  });
  // Nothing but the folder can go; who waits for it is not compared with every other one that waits.
  const asked = performance.now();
  expect((await nextWork(world.deps, world.ref, 96, [])).items.map(({ action }) => action)).toEqual(['move']);
  expect(performance.now() - asked).toBeLessThan(30_000);
}, 400_000);
