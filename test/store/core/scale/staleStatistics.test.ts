import { planSync } from '../../../../src/activities/channel';
import { reconcileIn } from '../../../../src/activities/reconcile';
import { inTransaction } from '../../../../src/store/client';
import { file, useBigWorld } from './bigSides';

const FILES = 3_000;
const NEW = 100;
/** Each new one with each that there is, at worst. All with all, as it was once, would be nine million. */
const MOST_ROWS_READ = 2 * NEW * FILES;

const { world, dropbox } = useBigWorld();

const rowsSaid = async (): Promise<number> => {
  const [row] = await world.store.prisma.$queryRaw<{ n: number }[]>`
    SELECT reltuples::int AS n FROM pg_class WHERE relname = 'file_folder_sync'`;
  return row!.n;
};

/** Plans all that was seen, and returns how many items that were, and how many rows its statements have read. */
async function planned(): Promise<{ items: number; read: number }> {
  return await inTransaction(
    world.store,
    async (tx) => {
      const settings = { ...world.deps.settings, origin: 'webhook' as const, now: () => new Date() };
      const result = await reconcileIn(tx, world.ref, settings);
      const [row] = await tx.$queryRaw<{ n: number }[]>`
        SELECT sum(seq_tup_read + idx_tup_fetch)::int AS n FROM pg_stat_xact_user_tables`;
      return { items: result.kind === 'planned' ? result.items : 0, read: row!.n };
    },
    { timeoutMs: 200_000 },
  );
}

const tell = (count: number, from: number) =>
  dropbox.tells(count, (index) => file(`id:${from + index}`, `/file ${from + index}.txt`, `rev${index}`));

test('an initial plan of thousands leaves statistics that say so', async () => {
  tell(FILES, 0);
  await world.observeDropbox(true);
  await world.observeAssembly();
  expect(await planSync(world.deps, world.ref, 'initial', true)).toBe(true);
  expect(await rowsSaid()).toBe(FILES);
});

test('where Postgres takes the tables for empty, a few new files among thousands are planned without comparing all with all', async () => {
  tell(FILES, 0);
  await world.store.prisma.$executeRaw`TRUNCATE file_folder_sync, dbx_seen, assembly_seen CASCADE`;
  await world.store.prisma.$executeRaw`VACUUM (ANALYZE) file_folder_sync`;
  await world.observeDropbox(true);
  await world.observeAssembly();
  expect(await planned()).toMatchObject({ items: FILES });
  expect(await rowsSaid()).toBe(0);
  await world.store.prisma.channelSync.update({
    where: { id: world.ref.syncId },
    data: { dbxCursor: 'next' },
  });
  tell(NEW, FILES);
  await world.observeDropbox();
  const { items, read } = await planned();
  expect(items).toBe(NEW);
  expect(read).toBeLessThan(MOST_ROWS_READ);
}, 240_000);
