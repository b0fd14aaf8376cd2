import { inTransaction } from '../../../src/store/client';
import { type AssemblyObservation, foldAssemblyObjects } from '../../../src/store/foldAssemblyObjects';
import { converge } from './world/drive';
import { hashOf } from './world/fakeDropbox';
import { useWorld } from './world/useWorld';
import { createWorld } from './world/world';

const world = useWorld();
let id: string;
/** A file that we have written to Assembly ourselves: its version is not known until somebody looks. */
beforeEach(async () => {
  world.people.dropbox.put('/one.txt', 'one');
  await converge(world);
  id = world.assembly.idAt('/one.txt')!;
});

const seen = async () =>
  await world.store.prisma.assemblySeen.findFirstOrThrow({
    where: { channelSyncId: world.ref.syncId, id },
    select: { version: true, hash: true, status: true, size: true, path: true, looks: true },
  });
const fold = (change: Partial<AssemblyObservation>) =>
  inTransaction(world.store, (tx) =>
    foldAssemblyObjects(
      tx,
      world.ref,
      [
        {
          id,
          object: 'file',
          path: '/one.txt',
          version: 'v1',
          size: 3,
          status: 'completed',
          url: null,
          ...change,
        },
      ],
      1,
    ),
  );
const isDirty = async () => (await world.item('/one.txt')).dirty;

test('the first look at our own write fills its version in and is no change', async () => {
  expect(await seen()).toMatchObject({ version: null, hash: hashOf(Buffer.from('one')) });
  await fold({});
  expect(await seen()).toMatchObject({ version: 'v1', hash: hashOf(Buffer.from('one')) });
  expect((await world.item('/one.txt')).assemblyVersion).toBe('v1');
  expect(await isDirty()).toBe(false);
});

test('a look at our own write that shows another size is an edit', async () => {
  await fold({ size: 99 });
  expect(await seen()).toMatchObject({ version: 'v1', hash: null, size: 99n });
  expect(await isDirty()).toBe(true);
});

test('the same version told again dirties nothing and keeps the hash', async () => {
  await fold({});
  await fold({});
  await fold({ size: null });
  expect(await seen()).toMatchObject({ version: 'v1', hash: hashOf(Buffer.from('one')), size: 3n });
  expect(await isDirty()).toBe(false);
});

test('another version forgets the hash and dirties the item', async () => {
  await fold({});
  await fold({ version: 'v2' });
  expect(await seen()).toMatchObject({ version: 'v2', hash: null });
  expect(await isDirty()).toBe(true);
});

test('another path dirties the item, also at the first look at our own write', async () => {
  await fold({ path: '/two.txt' });
  expect(await seen()).toMatchObject({ path: '/two.txt' });
  expect(await isDirty()).toBe(true);
});

test('"pending" never takes back what is complete', async () => {
  await fold({});
  await fold({ status: 'pending', version: 'v0', size: 0, path: '/elsewhere.txt' });
  expect(await seen()).toMatchObject({ status: 'completed', version: 'v1', size: 3n, path: '/one.txt' });
  expect(await isDirty()).toBe(false);
});

test('a change gives a failing item its attempts back', async () => {
  await fold({});
  await world.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: world.ref.syncId },
    data: { pendingAction: 'update', pendingActionTarget: 'dropbox', pendingActionAttempts: 10 },
  });
  await fold({});
  expect((await world.item('/one.txt')).pendingActionAttempts).toBe(10);
  await fold({ version: 'v2' });
  expect((await world.item('/one.txt')).pendingActionAttempts).toBe(0);
});

test('an object of one portal is never touched by a fold of another', async () => {
  const other = await createWorld(world.store);
  await inTransaction(world.store, (tx) =>
    foldAssemblyObjects(
      tx,
      other.ref,
      [{ id, object: 'file', path: '/x.txt', version: 'v9', size: 9, status: 'completed', url: null }],
      1,
    ),
  );
  expect(await seen()).toMatchObject({ version: null, path: '/one.txt' });
  expect(await isDirty()).toBe(false);
});
