import { assemblyObject, deleted, file, folder, useBigWorld } from './bigSides';

const CHAINS = 40;
const DEPTH = 30;

const { world, dropbox, assembly, made } = useBigWorld();

/** Forty chains of folders, each 30 deep, with a file at the end: 1,240 objects. */
const objects = Array.from({ length: CHAINS }, (_, chain) => {
  let path = '';
  const folders = Array.from({ length: DEPTH }, (_level, level) => {
    path += level === 0 ? `/chain ${chain}` : `/level ${level}`;
    return { id: `${chain}-${level}`, path, object: 'folder' as const };
  });
  return [...folders, { id: `${chain}-file`, path: `${path}/end.txt`, object: 'file' as const }];
}).flat();

/** Alike on both sides, and planned. */
async function linked(): Promise<void> {
  dropbox.tells(objects.length, (index) => {
    const { id, path, object } = objects[index]!;
    return object === 'folder' ? folder(`id:${id}`, path) : file(`id:${id}`, path, `rev${id}`);
  });
  assembly.holds(objects.length, (index) => {
    const { id, path, object } = objects[index]!;
    return assemblyObject(`a${id}`, path, object);
  });
  await world.observe(true);
  await world.store.prisma.$executeRaw`
    UPDATE assembly_seen a SET hash = d.hash FROM dbx_seen d
    WHERE d.channel_sync_id = a.channel_sync_id AND d.path_key = a.path_key`;
  made.statements = 0;
  await world.plan();
  expect(made.statements).toBeLessThan(200);
  await world.store.prisma.channelSync.update({
    where: { id: world.ref.syncId },
    data: { dbxCursor: 'next' },
  });
}

const actions = async () =>
  Object.fromEntries(
    (
      await world.store.prisma.$queryRaw<{ what: string; n: number }[]>`
        SELECT concat_ws(' ', pending_action, object) AS what, count(*)::int AS n FROM file_folder_sync
        WHERE channel_sync_id = ${world.ref.syncId}::uuid AND deleted_at IS NULL GROUP BY 1`
    ).map(({ what, n }) => [what, n]),
  );

test('1,200 folders thirty deep, deleted in Dropbox: level by level and not one by one', async () => {
  await linked();
  dropbox.tells(CHAINS, (index) => deleted(`/chain ${index}`));
  await world.observeDropbox();
  made.statements = 0;
  await world.plan();
  expect(await actions()).toEqual({ 'delete folder': CHAINS * DEPTH, 'delete file': CHAINS });
  // A handful for each of the thirty levels.
  expect(made.statements).toBeLessThan(DEPTH * 15);
}, 120_000);

test('1,200 folders thirty deep, renamed in Dropbox: without a statement for each folder', async () => {
  await linked();
  const moved = objects.map((one) => ({ ...one, path: one.path.replace('/chain', '/renamed') }));
  dropbox.tells(CHAINS + objects.length, (index) => {
    if (index < CHAINS) return deleted(`/chain ${index}`);
    const { id, path, object } = moved[index - CHAINS]!;
    return object === 'folder' ? folder(`id:${id}`, path) : file(`id:${id}`, path, `rev${id}`);
  });
  await world.observeDropbox();
  made.statements = 0;
  await world.plan();
  expect(await actions()).toEqual({ 'move folder': CHAINS * DEPTH, 'move file': CHAINS });
  expect(made.statements).toBeLessThan((CHAINS * DEPTH) / 4);
}, 120_000);
