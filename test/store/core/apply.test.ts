import type { Outcome } from '../../../src/activities/item/settle';
import { RemoteError } from '../../../src/domain/remoteError';
import { otherSide } from '../../../src/domain/types';
import { bringToRest, expectAtRest, expectSilent, expectToRest } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld({ revOnMove: 'new' });

type Before = readonly [string, string];

interface Effect {
  readonly name: string;
  readonly before?: readonly Before[];
  readonly owe: () => void;
  /** The item's path in the plan. */
  readonly path: string;
  readonly on: 'dropbox' | 'assembly';
  /** The calls that carry it out, in order. */
  readonly calls: readonly string[];
  readonly after: readonly string[];
}

const OLD: Before = ['/a.txt', 'one'];
const EFFECTS: Effect[] = [
  {
    name: 'a new file',
    owe: () => world.people.dropbox.put('/a.txt', 'one'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['createFile', 'upload'],
    after: ['file /a.txt one'],
  },
  {
    name: 'a new file',
    owe: () => world.people.assembly.put('/a.txt', 'one'),
    path: '/a.txt',
    on: 'dropbox',
    calls: ['upload'],
    after: ['file /a.txt one'],
  },
  {
    name: 'a new folder',
    owe: () => world.people.dropbox.folder('/f'),
    path: '/f',
    on: 'assembly',
    calls: ['createFolder'],
    after: ['folder /f'],
  },
  {
    name: 'a new folder',
    owe: () => world.people.assembly.folder('/f'),
    path: '/f',
    on: 'dropbox',
    calls: ['createFolder'],
    after: ['folder /f'],
  },
  {
    name: 'an edit',
    before: [OLD],
    owe: () => world.people.dropbox.put('/a.txt', 'two'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['createFile', 'upload', 'deleteFile'],
    after: ['file /a.txt two'],
  },
  {
    name: 'an edit',
    before: [OLD],
    owe: () => world.people.assembly.put('/a.txt', 'two'),
    path: '/a.txt',
    on: 'dropbox',
    calls: ['upload'],
    after: ['file /a.txt two'],
  },
  {
    name: 'a rename',
    before: [OLD],
    owe: () => world.people.dropbox.rename('/a.txt', '/b.txt'),
    path: '/b.txt',
    on: 'assembly',
    calls: ['createFile', 'upload', 'deleteFile'],
    after: ['file /b.txt one'],
  },
  {
    name: 'a rename',
    before: [OLD],
    owe: () => world.people.assembly.rename('/a.txt', '/b.txt'),
    path: '/b.txt',
    on: 'dropbox',
    calls: ['move'],
    after: ['file /b.txt one'],
  },
  {
    name: 'a delete',
    before: [OLD],
    owe: () => world.people.dropbox.remove('/a.txt'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['deleteFile'],
    after: [],
  },
  {
    name: 'a delete',
    before: [OLD],
    owe: () => world.people.assembly.remove('/a.txt'),
    path: '/a.txt',
    on: 'dropbox',
    calls: ['delete'],
    after: [],
  },
];

/** Every call of every effect, broken before and after it had its effect. */
const BREAKS = EFFECTS.flatMap((effect) =>
  effect.calls.flatMap((call) => (['before', 'after'] as const).map((when) => ({ ...effect, call, when }))),
);

async function prepare({ before = [], owe }: Effect) {
  for (const [path, content] of before) world.people.dropbox.put(path, content);
  await bringToRest(world);
  owe();
  await world.lookAndPlan();
}

describe('a call that breaks off and is tried again by the same activity', () => {
  test.each(BREAKS)('$name on $on, at $call, broken $when its effect', async (effect) => {
    await prepare(effect);
    const { input, serial } = await world.openWrite(effect.path);
    world.calls.breakOff(`${effect.on}.${effect.call}`, effect.when);

    await expect(world.apply(input, serial)).rejects.toThrow('the connection broke');
    const outcome: Outcome = await world.apply(input, serial);
    await world.steps.settleOperation(input, serial, outcome);

    await expectToRest(world, effect.after);
  });
});

describe('a call that breaks off and is taken up by a later opening', () => {
  test.each(BREAKS)('$name on $on, at $call, broken $when its effect', async (effect) => {
    await prepare(effect);
    const { input, serial } = await world.openWrite(effect.path);
    world.calls.breakOff(`${effect.on}.${effect.call}`, effect.when);

    await expect(world.apply(input, serial)).rejects.toThrow('the connection broke');
    await world.steps.markFailed(input, serial, { code: 'connection_failed', message: 'broken' });
    await world.due();

    await expectToRest(world, effect.after);
  });
});

describe('an operation that was carried out, with the process lost before it could settle', () => {
  test.each(EFFECTS)('$name on $on', async (effect) => {
    await prepare(effect);
    const { input, serial } = await world.openWrite(effect.path);

    await world.apply(input, serial);
    const outcome = await world.apply(input, serial);
    await world.due();

    expect(await bringToRest(world)).toEqual([]);
    await expectSilent(world, effect.after);
    // The operation stays open where nothing is owed any more, until its workflow goes on and settles it.
    await world.steps.settleOperation(input, serial, outcome);
    await expectToRest(world, effect.after);
  });
});

test('a file made on Assembly whose process died before its bytes came is filled or replaced, never doubled', async () => {
  const [effect] = EFFECTS;
  await prepare(effect!);
  const { input, serial } = await world.openWrite('/a.txt');
  world.at('afterStamp', () => {
    throw new Error('died here');
  });

  await expect(world.apply(input, serial)).rejects.toThrow('died here');
  expect(world.trees().assembly).toEqual(['pending file /a.txt']);
  expect((await world.item('/a.txt')).assemblyUploadId).toBe(world.assembly.idAt('/a.txt'));
  await world.steps.settleOperation(input, serial, await world.apply(input, serial));

  await expectToRest(world, ['file /a.txt one']);
});

test.each([
  { by: 'nobody', stood: '/b.txt', tree: [] },
  { by: 'somebody', stood: '/a.txt', tree: ['file /b.txt one'] },
])(
  'what is deleted on Assembly while it is moved there is there again only where somebody has moved it on Dropbox: $by',
  async ({ stood, tree }) => {
    await prepare(EFFECTS.find(({ name, on }) => name === 'a rename' && on === 'assembly')!);
    const { input, serial } = await world.openWrite('/b.txt');
    // Where it stood on Dropbox: nobody has moved it there where the move follows from what Assembly did to its folder.
    await world.store.prisma.$executeRaw`
      UPDATE file_folder_sync SET dbx_path = ${stood},
        operation = jsonb_set(operation, '{base,dropbox,path}', to_jsonb(${stood}::text))
      WHERE id = ${input.itemId}::uuid`;
    world.people.assembly.remove('/a.txt');
    await world.steps.settleOperation(input, serial, await world.apply(input, serial));
    await expectToRest(world, tree);
  },
);

test('a revision that is gone leaves nothing half done on Assembly', async () => {
  await prepare(EFFECTS[0]!);
  const { input, serial } = await world.openWrite('/a.txt');
  world.calls.refuse('dropbox.download', 'source_missing');

  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });

  expect(world.trees().assembly).toEqual([]);
});

test('a file that somebody else made at the same path on Dropbox is kept beside ours', async () => {
  await prepare({ ...EFFECTS[1]!, owe: () => world.people.assembly.put('/a.txt', 'theirs') });
  const { input, serial } = await world.openWrite('/a.txt');
  world.people.dropbox.put('/a.txt', 'ours');

  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
  await world.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectToRest(world, ['file /a (Assembly conflicted copy 2026-11-23).txt theirs', 'file /a.txt ours']);
});

test('the same bytes made at the same path on Dropbox meanwhile are adopted', async () => {
  await prepare(EFFECTS[1]!);
  const { input, serial } = await world.openWrite('/a.txt');
  world.people.dropbox.put('/a.txt', 'one');

  const outcome = await world.apply(input, serial);
  expect(outcome).toMatchObject({ kind: 'done' });
  await world.steps.settleOperation(input, serial, outcome);

  await expectToRest(world, ['file /a.txt one']);
});

test('an edit never replaces a version on Dropbox that was not observed', async () => {
  await prepare(EFFECTS[5]!);
  const { input, serial } = await world.openWrite('/a.txt');
  world.people.dropbox.put('/a.txt', 'newer');

  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
  await world.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectToRest(world, ['file /a (Assembly conflicted copy 2026-11-23).txt two', 'file /a.txt newer']);
});

test('an edit never replaces a version on Assembly that was not observed', async () => {
  await prepare(EFFECTS[4]!);
  const { input, serial } = await world.openWrite('/a.txt');
  world.people.assembly.put('/a.txt', 'newer on assembly');

  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
  await world.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectToRest(world, [
    'file /a (Assembly conflicted copy 2026-11-23).txt newer on assembly',
    'file /a.txt two',
  ]);
});

test.each([8, 9])('a delete never meets a version that was not observed (effect %i)', async (index) => {
  const effect = EFFECTS[index]!;
  await prepare(effect);
  const { input, serial } = await world.openWrite('/a.txt');
  world.people[effect.on].put('/a.txt', 'edited meanwhile');

  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
  await world.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectToRest(world, ['file /a.txt edited meanwhile']);
});

test.each(['dropbox', 'assembly'] as const)(
  'a folder that got something new is not deleted on %s',
  async (on) => {
    world.people.dropbox.folder('/f');
    await bringToRest(world);
    world.people[otherSide(on)].remove('/f');
    await world.lookAndPlan();
    const { input, serial } = await world.openWrite('/f');
    world.people[on].put('/f/new.txt', 'new');

    expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
    await world.steps.settleOperation(input, serial, { kind: 'replan' });

    await expectToRest(world, ['folder /f', 'file /f/new.txt new']);
  },
);

test('bytes that Dropbox stored otherwise than they were sent are taken back', async () => {
  await prepare(EFFECTS[1]!);
  const { input, serial } = await world.openWrite('/a.txt');
  const { upload } = world.dropbox;
  world.dropbox.upload = async (request) => ({ ...(await upload(request)), hash: 'other' });

  await expect(world.apply(input, serial)).rejects.toMatchObject({ code: 'content_mismatch' });

  expect(world.trees().dropbox).toEqual([]);
  world.dropbox.upload = upload;
  await world.steps.settleOperation(input, serial, await world.apply(input, serial));
  await expectToRest(world, ['file /a.txt one']);
});

describe.each([
  ['a new file', EFFECTS[1]!, ['file /a.txt one']],
  ['an edit', EFFECTS[5]!, ['file /a.txt two']],
] as const)('when Dropbox no longer knows the session that %s was sent in', (_what, effect, after) => {
  test.each([
    ['the file is there where it was finished, and is not sent again', 'after', 1],
    ['it is sent anew where it was not', 'before', 2],
  ] as const)('%s', async (_name, when, uploads) => {
    await prepare(effect);
    const { input, serial } = await world.openWrite('/a.txt');
    world.calls.trap('dropbox.upload', when, () => {
      throw new RemoteError('dropbox', 'session_lost', 'Dropbox no longer knows the session');
    });

    await world.steps.settleOperation(input, serial, await world.apply(input, serial));

    expect(await bringToRest(world)).toEqual([]);
    expect(world.calls.log.filter((call) => call === 'dropbox.upload')).toHaveLength(uploads);
    await expectAtRest(world, after);
  });
});
