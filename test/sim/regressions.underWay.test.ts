import type { Task } from './scheduler';
import { applySettings } from './settings';
import type { Sim } from './sim';
import { underWay } from './underWay';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

const { taskAt, goOnUntil, plan, isUnderWay, carryOut, openBeforeThePlan } = underWay(() => sim);

const copiesOf = async (hash: string) => {
  const { dropbox, assembly } = await sim.shown();
  return [dropbox, assembly].map((shown) => shown.filter((one) => one.hash === hash).length);
};

describe('a file on its way to Dropbox, where somebody has made another one, is there once', () => {
  test('though that one has left its place again when the bytes come', async () => {
    const one = await sim.assembly.put('/b.txt', 'one');
    const held = await goOnUntil('applyOperation', 'start');
    await sim.dropbox.put('/b.txt', 'another');
    await plan(held);
    await sim.dropbox.rename('/b.txt', '/c.txt');
    await carryOut(held);
    await sim.settle();
    expect(await copiesOf(one)).toEqual([1, 1]);
    await sim.expectAtRest();
  });

  test('though it is sent to the name that it had before', async () => {
    const one = await sim.assembly.put('/a.txt', 'one');
    const held = await goOnUntil('applyOperation', 'beforeCall dropbox.upload');
    await sim.assembly.rename('/a.txt', '/b.txt');
    await plan(held);
    await sim.dropbox.put('/b.txt', 'another');
    await plan(held);
    await carryOut(held);
    await sim.settle();
    expect(await copiesOf(one)).toEqual([1, 1]);
    await sim.expectAtRest();
  });
});

test.each([
  ['another', ['/c']],
  ['two others', ['/c', '/e']],
])(
  'a file whose upload lost its answer, and that trades places with %s on Assembly, ends in its own on Dropbox',
  async (_many, others) => {
    for (const path of others) await sim.assembly.put(path, `of ${path}`);
    await sim.settle();
    await sim.assembly.put('/d', 'of the one that is new');
    sim.faults.arm({ point: 'afterRemote', detail: 'dropbox create file', kind: 'crash' });
    await sim.turn(await goOnUntil('applyOperation', 'afterCall dropbox.upload'));
    await sim.assembly.rename('/d', '/aside');
    for (const [index, path] of others.entries()) await sim.assembly.rename(path, ['/d', ...others][index]!);
    await sim.assembly.rename('/aside', others.at(-1)!);
    const { assembly } = await sim.shown();
    await sim.settle();
    const { dropbox } = await sim.shown();
    const held = (shown: typeof dropbox) => shown.map(({ path, hash }) => `${path} ${hash}`).sort();
    expect(held(dropbox)).toEqual(held(assembly));
    await sim.expectAtRest();
  },
);

test('where an upload to Dropbox was sent, and never arrived, lies what somebody has put there: it takes its name', async () => {
  sim.faults.arm({ point: 'beforeCall', detail: 'dropbox.upload', kind: 'crash' });
  await sim.assembly.put('/x', 'one');
  await sim.turn(await goOnUntil('applyOperation', 'beforeRemote dropbox create file'));
  await sim.turn(await goOnUntil('applyOperation', 'afterCall dropbox.metadata'));
  await sim.assembly.rename('/x', '/aside');
  await sim.assembly.rename('/aside', '/x/c');
  const put = await sim.dropbox.put('/x', 'another');
  await sim.settle();
  expect(await sim.endlessWaits()).toEqual([]);
  expect((await sim.shown()).dropbox.find(({ path }) => path === '/x')).toMatchObject({ hash: put });
  await sim.expectAtRest();
});

test('what is in a folder that nobody has told of, where a file was seen before, waits for the next look', async () => {
  await sim.assembly.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.rename('/a.txt', '/moved.txt');
  await sim.assembly.put('/a.txt/b.txt', 'two');
  while (sim.events.waiting.length > 1) sim.events.drop();
  await sim.settle();
  expect(await sim.owed()).toHaveLength(1);
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.lookInFull();
  await sim.expectAtRest({ tree: ['folder /a.txt', 'file /a.txt/b.txt', 'file /moved.txt'] });
});

test.each([
  ['renames', false],
  ['renames and edits', true],
])(
  'a file that Assembly %s keeps what was written on Dropbox before our move of it, unseen',
  async (_how, edits) => {
    await sim.dropbox.put('/b.txt', 'one');
    await sim.settle();
    const edited = await sim.dropbox.put('/b.txt', 'written unseen');
    sim.events.drop();
    await sim.assembly.rename('/b.txt', '/d.txt');
    await sim.until('beforeCall dropbox.move');
    await sim.until('afterCall dropbox.move', { deliver: false });
    // Nobody tells of the move before the next operation is carried out.
    while (sim.events.waiting.length > 0) sim.events.drop();
    if (edits) await sim.assembly.put('/d.txt', 'written there too');
    await sim.settle();
    await sim.lookInFull();
    expect(await copiesOf(edited)).toEqual([1, 1]);
    await sim.expectAtRest();
  },
);

test('a file that somebody makes on Assembly beside the same one that we are making there is not forgotten', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  const making = await goOnUntil('applyOperation', 'beforeCall assembly.createFile');
  const theirs = await sim.assembly.put('/a.txt', 'one');
  await goOnUntil('observeAssembly', 'afterFold assembly', making);
  await plan(making);
  await sim.settle({ deliver: false });
  expect(await copiesOf(theirs)).toEqual([1, 1]);
  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

describe('what somebody deletes on Dropbox just before our move of its folder is deleted on Assembly too', () => {
  test.each([
    ['a file', '/d/a.txt', ['folder /e', 'file /e/b.txt', 'folder /e/sub', 'file /e/sub/c.txt']],
    ['a folder', '/d/sub', ['folder /e', 'file /e/a.txt', 'file /e/b.txt']],
  ])('%s', async (_what, deleted, tree) => {
    await sim.dropbox.put('/d/a.txt', 'one');
    await sim.dropbox.put('/d/b.txt', 'two');
    await sim.dropbox.put('/d/sub/c.txt', 'three');
    await sim.settle();
    await sim.assembly.rename('/d', '/e');
    await sim.until('beforeCall dropbox.move');
    await sim.dropbox.remove(deleted);
    await sim.until('afterCall dropbox.move', { deliver: false });
    await sim.settle();
    await sim.expectAtRest({ tree });
  });

  test('and where nobody did, its move costs no full listing', async () => {
    await sim.dropbox.put('/d/a.txt', 'one');
    await sim.dropbox.put('/d/sub/c.txt', 'three');
    await sim.settle();
    sim.calls.splice(0);
    await sim.assembly.rename('/d', '/e');
    await sim.settle();
    expect(sim.calls).toContain('dropbox.move');
    expect(sim.calls).toContain('dropbox.listFolderContinue');
    expect(sim.calls).not.toContain('dropbox.listFolder');
    await sim.expectAtRest({ tree: ['folder /e', 'file /e/a.txt', 'folder /e/sub', 'file /e/sub/c.txt'] });
  });
});

test('a name that Dropbox refuses when asked, and that people have changed meanwhile, is no reason against the new one', async () => {
  await sim.assembly.put('/party 🎉.txt', 'one');
  await sim.until('beforeCall dropbox.upload');
  await sim.assembly.rename('/party 🎉.txt', '/d.pdf');
  sim.events.deliver(sim.events.waiting.findIndex(({ label }) => label.endsWith('d.pdf')));
  const upload = taskAt('applyOperation', 'beforeCall dropbox.upload')!;
  await plan(upload);
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /d.pdf'] });
});

describe('what has moved on a side, and was seen where it is now but not planned anew, is not made there a second time', () => {
  let back: () => Promise<void>;
  beforeEach(async () => {
    back = await applySettings(grounds, { dropbox: { splitRenames: true } });
  });
  afterEach(() => back());

  test.each(['renamed', 'edited'])(
    'a file that Dropbox renames, told in two halves, while it is %s on Assembly',
    async (how) => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.settle();
      if (how === 'renamed') await sim.assembly.rename('/a.txt', '/b.txt');
      else await sim.assembly.put('/a.txt', 'edited there');
      const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
      await sim.dropbox.rename('/a.txt', '/c.txt');
      await openBeforeThePlan(opening);
      await sim.expectAtRest({ tree: ['file /c.txt'] });
    },
  );

  test('a folder that Dropbox renames, told in two halves, while it is renamed on Assembly', async () => {
    await sim.dropbox.put('/docs/a.txt', 'one');
    await sim.settle();
    await sim.assembly.rename('/docs', '/papers');
    const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
    await sim.dropbox.rename('/docs', '/new');
    await openBeforeThePlan(opening);
    await sim.expectAtRest({ tree: ['folder /new', 'file /new/a.txt'] });
  });

  test('a file that comes back to Assembly elsewhere while it is renamed on Dropbox', async () => {
    await sim.dropbox.put('/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.rename('/a.txt', '/c.txt');
    await sim.assembly.moveOut('/a.txt', '/a.txt');
    const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
    await sim.assembly.moveIn('/a.txt', '/b.txt');
    await openBeforeThePlan(opening);
    await sim.expectAtRest({ tree: ['file /c.txt'] });
  });
});

test('a file of Dropbox in whose old place another one was read is asked for before it is made again', async () => {
  const one = await sim.dropbox.put('/a.txt', 'one');
  await sim.dropbox.put('/b.txt', 'another');
  await sim.settle();
  await sim.dropbox.rename('/a.txt', '/z.txt');
  await sim.dropbox.rename('/b.txt', '/a.txt');
  await sim.dropbox.put('/a.txt', 'edited here');
  while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.assembly.put('/b.txt', 'edited there');
  // Dropbox does not take the edit: what is there is read, while Assembly's rename is about to be planned.
  await goOnUntil('applyOperation', 'beforeCall dropbox.upload');
  const reading = await goOnUntil('applyOperation', 'beforeCall dropbox.metadata');
  await sim.assembly.rename('/a.txt', '/q.txt');
  await goOnUntil('planSync', 'beforeTransaction planSync', reading);
  while (isUnderWay(reading)) await sim.turn(reading);
  await sim.settle();
  expect(await copiesOf(one)).toEqual([1, 1]);
  await sim.lookInFull();
  expect(await copiesOf(one)).toEqual([1, 1]);
  await sim.expectAtRest({
    tree: ['file /a (Assembly conflicted copy 2026-11-23).txt', 'file /a.txt', 'file /z.txt'],
  });
});

describe('a folder that somebody makes on Assembly where ours is about to be made, and that is planned as another one before it is ours', () => {
  const copy = '/papers/sub (Assembly conflicted copy 2026-11-23)';

  /** Our make of `/papers/sub`, whose folder Dropbox has renamed, before the call. */
  async function aboutToMake(): Promise<Task> {
    await sim.dropbox.folder('/docs/sub');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/papers');
    await carryOut(await goOnUntil('applyOperation', 'beforeCall assembly.createFolder'));
    return await goOnUntil('applyOperation', 'beforeCall assembly.createFolder');
  }

  /** A full look sees it, and it is planned under a conflict name. */
  async function planAsAnother(held: Task): Promise<void> {
    sim.resync();
    await goOnUntil('observeAssembly', 'afterFold assembly', held);
    await goOnUntil('nextWork', 'start', held);
    expect((await sim.rows()).join()).toContain(`folder ${copy}`);
  }

  async function expectKept(tree: readonly string[]): Promise<void> {
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest({ tree });
  }

  test('keeps what is new in it', async () => {
    const held = await aboutToMake();
    const paths = ['/b.txt', '/c.txt', '/deep/d.txt', '/deep/deeper/e.txt'];
    for (const path of paths) await sim.assembly.put(`/papers/sub${path}`, path);
    await planAsAnother(held);
    const inFolder = [
      'file /b.txt',
      'file /c.txt',
      'folder /deep',
      'file /deep/d.txt',
      'folder /deep/deeper',
      'file /deep/deeper/e.txt',
    ];
    await expectKept([
      'folder /papers',
      'folder /papers/sub',
      ...inFolder.map((one) => one.replace('/', '/papers/sub/')),
    ]);
  });

  test('keeps what was moved into it', async () => {
    await sim.dropbox.put('/a.txt', 'one');
    await sim.dropbox.put('/old/b.txt', 'two');
    const held = await aboutToMake();
    await sim.assembly.folder('/papers/sub');
    await sim.assembly.rename('/a.txt', '/papers/sub/a.txt');
    await sim.assembly.rename('/old', '/papers/sub/old');
    await planAsAnother(held);
    await expectKept([
      'folder /papers',
      'folder /papers/sub',
      'file /papers/sub/a.txt',
      'folder /papers/sub/old',
      'file /papers/sub/old/b.txt',
    ]);
  });

  test('keeps what took a conflict name in it', async () => {
    await sim.dropbox.put('/a.txt', 'one');
    await sim.dropbox.put('/c.txt', 'two');
    const held = await aboutToMake();
    await sim.assembly.rename('/a.txt', '/papers/sub/b.txt');
    await sim.assembly.rename('/c.txt', '/papers/sub/B.txt');
    await planAsAnother(held);
    await expectKept([
      'folder /papers',
      'folder /papers/sub',
      'file /papers/sub/B (Assembly conflicted copy 2026-11-23).txt',
      'file /papers/sub/b.txt',
    ]);
  });
});

describe.each(['dropbox', 'assembly'] as const)(
  'a folder that the other side has renamed, and deleted there, and %s has made anew around what is new in it',
  (side) => {
    const other = side === 'dropbox' ? 'assembly' : 'dropbox';

    test.each([
      ['a.txt', ['file /docs/a.txt']],
      ['deep', ['folder /docs/deep', 'file /docs/deep/a.txt', 'file /docs/deep/b.txt']],
    ])('has %s in it', async (inFolder, tree) => {
      await sim[side].folder('/docs');
      await sim.settle();
      await sim[other].rename('/docs', '/papers');
      const files = tree.filter((one) => one.startsWith('file ')).map((one) => one.slice('file '.length));
      for (const path of files) await sim[side].put(path, path);
      sim.resync();
      await goOnUntil('observeAssembly', 'afterFold assembly');
      await goOnUntil('nextWork', 'start');
      expect((await sim.rows()).join()).toContain(`/papers/${inFolder}`);
      sim.pause();
      await sim.settle();
      await sim[side].rename(`/docs/${inFolder}`, `/${inFolder}`);
      await sim[side].remove('/docs');
      await sim[side].folder('/docs');
      await sim[side].rename(`/${inFolder}`, `/docs/${inFolder}`);
      await sim[other].remove('/papers');
      sim.resume();
      await sim.settle();
      expect(await sim.endlessWaits()).toEqual([]);
      await sim.expectAtRest({ tree: ['folder /docs', ...tree] });
    });
  },
);

test('what comes to lie in another folder on Dropbox, made anew in the place of one that was to be moved, goes where it belongs', async () => {
  await sim.assembly.put('/docs/in/a.txt', 'one');
  await sim.settle();
  await sim.assembly.rename('/docs', '/new');
  const move = await goOnUntil('applyOperation', 'beforeCall dropbox.move');
  await sim.dropbox.rename('/docs/in', '/in');
  await sim.dropbox.remove('/docs');
  await sim.dropbox.folder('/docs');
  await sim.dropbox.rename('/in', '/docs/in');
  await sim.assembly.folder('/docs');
  await carryOut(move);
  await sim.settle();
  expect(await sim.owed()).toEqual([]);
  await sim.expectAtRest();
});

describe('a list that the delete of another folder calls for tells of a new name of a folder before that event does', () => {
  async function renamedBesideDeleted(within: () => Promise<unknown>) {
    for (const name of ['a', 'b', 'c']) await sim.assembly.put(`/other/${name}.txt`, `other ${name}`);
    await sim.assembly.put('/docs/a.txt', 'one');
    await sim.assembly.put('/docs/in/b.txt', 'two');
    await sim.settle();
    await sim.assembly.remove('/other');
    await sim.assembly.rename('/docs', '/new');
    await within();
    sim.events.deliver();
    await sim.until('afterReconcile '.concat(sim.ref.syncId), { deliver: false });
    for (let turns = 0; turns < 60; turns++) await sim.turn();
    await sim.settle();
  }

  test('what is deleted in it stays deleted', async () => {
    await renamedBesideDeleted(async () => {
      await sim.assembly.remove('/new/a.txt');
      await sim.assembly.remove('/new/in');
    });
    await sim.expectAtRest({ tree: ['folder /new'] });
  });

  test('what is replaced in it keeps its name', async () => {
    await renamedBesideDeleted(async () => {
      await sim.assembly.remove('/new/a.txt');
      await sim.assembly.put('/new/a.txt', 'another');
    });
    await sim.expectAtRest({
      tree: ['file /new/a.txt', 'file /new/in/b.txt', 'folder /new', 'folder /new/in'],
    });
  });
});
