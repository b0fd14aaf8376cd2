import { observeAssembly } from '../../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../../src/activities/observe/dropbox';
import { createTestDatabase, type TestDatabase } from '../../../support/database';
import { createWorld, type World } from '../world/world';
import { assemblyObject, bigAssembly, bigDropbox, deleted, file, folder, ROOT_ID } from './bigSides';

const RUN = { signal: new AbortController().signal, heartbeat: () => {} };
const CHAINS = 40;
const DEPTH = 30;

let database: TestDatabase;
let statements = 0;
beforeAll(async () => {
  database = await createTestDatabase({
    onStatement: () => {
      statements += 1;
    },
  });
}, 60_000);
afterAll(() => database.drop());

/** Forty chains of folders, each 30 deep, with a file at the end: 1,240 objects. */
const objects = Array.from({ length: CHAINS }, (_, chain) => {
  let path = '';
  const folders = Array.from({ length: DEPTH }, (_level, level) => {
    path += level === 0 ? `/chain ${chain}` : `/level ${level}`;
    return { id: `${chain}-${level}`, path, object: 'folder' as const };
  });
  return [...folders, { id: `${chain}-file`, path: `${path}/end.txt`, object: 'file' as const }];
}).flat();

async function linked(): Promise<{
  world: World;
  deps: World['deps'];
  dropbox: ReturnType<typeof bigDropbox>;
}> {
  const world = await createWorld(database.store, { massDelete: { min: 1_000_000, ratio: 1 } });
  await world.store.prisma.channelSync.update({
    where: { id: world.ref.syncId },
    data: { dbxRootId: ROOT_ID },
  });
  const dropbox = bigDropbox();
  const assembly = bigAssembly();
  const remotes = { dropbox: async () => dropbox.client, assembly: () => assembly.client, forget() {} };
  const deps = { ...world.deps, remotes };
  dropbox.tells(objects.length, (index) => {
    const { id, path, object } = objects[index]!;
    return object === 'folder' ? folder(`id:${id}`, path) : file(`id:${id}`, path, `rev${id}`);
  });
  assembly.holds(objects.length, (index) => {
    const { id, path, object } = objects[index]!;
    return assemblyObject(`a${id}`, path, object);
  });
  await observeDropbox(deps, world.ref, true, RUN);
  await observeAssembly(deps, world.ref, [], RUN);
  await world.store.prisma.$executeRaw`
    UPDATE assembly_seen a SET hash = d.hash FROM dbx_seen d
    WHERE d.channel_sync_id = a.channel_sync_id AND d.path_key = a.path_key`;
  statements = 0;
  await world.plan();
  expect(statements).toBeLessThan(200);
  await world.store.prisma.channelSync.update({
    where: { id: world.ref.syncId },
    data: { dbxCursor: 'next' },
  });
  return { world, deps, dropbox };
}

const actions = async (world: World) =>
  Object.fromEntries(
    (
      await world.store.prisma.$queryRaw<{ what: string; n: number }[]>`
        SELECT concat_ws(' ', pending_action, object) AS what, count(*)::int AS n FROM file_folder_sync
        WHERE channel_sync_id = ${world.ref.syncId}::uuid AND deleted_at IS NULL GROUP BY 1`
    ).map(({ what, n }) => [what, n]),
  );

test('1,200 folders thirty deep, deleted in Dropbox: level by level and not one by one', async () => {
  const { world, deps, dropbox } = await linked();
  dropbox.tells(CHAINS, (index) => deleted(`/chain ${index}`));
  await observeDropbox(deps, world.ref, false, RUN);
  statements = 0;
  await world.plan();
  expect(await actions(world)).toEqual({ 'delete folder': CHAINS * DEPTH, 'delete file': CHAINS });
  // A handful for each of the thirty levels.
  expect(statements).toBeLessThan(DEPTH * 15);
}, 120_000);

test('1,200 folders thirty deep, renamed in Dropbox: without a statement for each folder', async () => {
  const { world, deps, dropbox } = await linked();
  const moved = objects.map((one) => ({ ...one, path: one.path.replace('/chain', '/renamed') }));
  dropbox.tells(CHAINS + objects.length, (index) => {
    if (index < CHAINS) return deleted(`/chain ${index}`);
    const { id, path, object } = moved[index - CHAINS]!;
    return object === 'folder' ? folder(`id:${id}`, path) : file(`id:${id}`, path, `rev${id}`);
  });
  await observeDropbox(deps, world.ref, false, RUN);
  statements = 0;
  await world.plan();
  expect(await actions(world)).toEqual({ 'move folder': CHAINS * DEPTH, 'move file': CHAINS });
  expect(statements).toBeLessThan((CHAINS * DEPTH) / 4);
}, 120_000);
