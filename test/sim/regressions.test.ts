import type { Task } from './scheduler';
import { unsyncable } from './semantics/run';
import { applySettings } from './settings';
import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

test('what is written into an Assembly file while its replacement is transferred is kept', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.put('/a.txt', 'a newer one');
  await sim.until('beforeCall assembly.upload');
  const written = await sim.assembly.put('/a.txt', 'what a client wrote meanwhile');
  await sim.settle();
  const { dropbox } = await sim.shown();
  expect(dropbox.map(({ hash }) => hash)).toContain(written);
  expect(dropbox).toHaveLength(2);
  await sim.expectAtRest();
});

test.each(['before', 'while'])(
  'what is written into an Assembly file is kept, and into the one made to replace it, %s that is read to be taken back',
  async (when) => {
    await sim.dropbox.put('/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.rename('/a.txt', '/b.txt');
    await sim.until('afterRemote assembly upload');
    await sim.tick();
    const written = [await sim.assembly.put('/a.txt', 'what a client wrote meanwhile')];
    if (when === 'while') await sim.until('afterCall assembly.download');
    written.push(await sim.assembly.put('/b.txt', 'what another client wrote'));
    await sim.settle();
    expect((await sim.shown()).dropbox.map(({ hash }) => hash)).toEqual(expect.arrayContaining(written));
    await sim.expectAtRest();
  },
);

test('what was made on Assembly in vain is there once, though somebody renames it while it is read to be taken back', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/a.txt', '/b.txt');
  const written = await sim.dropbox.put('/b.txt', 'written on Dropbox');
  await sim.until('afterRemote assembly upload');
  await sim.tick();
  const meanwhile = await sim.assembly.put('/a.txt', 'what a client wrote meanwhile');
  await sim.until('afterCall assembly.download');
  await sim.assembly.rename('/b.txt', '/c.txt');
  await sim.settle();
  const { assembly } = await sim.shown();
  expect(assembly.map(({ hash }) => hash).sort()).toEqual([written, meanwhile].sort());
  await sim.expectAtRest();
});

test('an upload to Assembly that broke off is taken back when its source is gone', async () => {
  sim.faults.arm({ point: 'afterStamp', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'one');
  await sim.until('beforeCall assembly.createFile');
  await sim.turn();
  await sim.dropbox.remove('/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: [] });
});

test('a create on Assembly whose answer was lost leaves nothing behind when its source is gone', async () => {
  sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'one');
  await sim.until('beforeCall assembly.createFile');
  await sim.turn();
  await sim.dropbox.remove('/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: [] });
});

test('a file that never arrived on Assembly is not deleted on Dropbox when its folder goes there', async () => {
  await sim.dropbox.folder('/docs');
  await sim.settle();
  const written = await sim.dropbox.put('/docs/a.txt', 'one');
  await sim.until('beforeCall assembly.upload');
  await sim.assembly.remove('/docs');
  await sim.settle();
  await sim.lookInFull();
  expect((await sim.shown()).dropbox.map(({ hash }) => hash)).toContain(written);
  await sim.expectAtRest();
});

test('a file takes the place of a folder in which something new has come to live: both stay', async () => {
  await sim.dropbox.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.remove('/docs');
  await sim.dropbox.put('/docs', 'now a file');
  await sim.assembly.put('/docs/new.txt', 'two');
  await sim.settle();
  const { dropbox } = await sim.shown();
  expect(dropbox.filter(({ object }) => object === 'file')).toHaveLength(2);
  await sim.expectAtRest();
});

test('a folder that was replaced by a file on Assembly takes all in it along', async () => {
  await sim.assembly.put('/docs/deep/a.txt', 'one');
  await sim.settle();
  await sim.assembly.remove('/docs');
  await sim.assembly.put('/docs', 'now a file');
  // The file's event comes first, and has the folder read as what was at its path.
  sim.events.reverse();
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /docs'] });
});

test('a file made in a folder that Assembly spells otherwise goes into that very folder', async () => {
  await sim.assembly.folder('/docs');
  await sim.settle();
  await sim.dropbox.rename('/docs', '/Docs');
  await sim.dropbox.put('/Docs/a.txt', 'one');
  await sim.settle();
  await sim.lookInFull();
  await sim.expectAtRest({ tree: ['folder /Docs', 'file /Docs/a.txt'] });
});

test('below an Assembly folder that Dropbox can not tell from a file only the folder is listed', async () => {
  await sim.assembly.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.put('/A.TXT/b.txt', 'two');
  await sim.settle();
  await sim.expectAtRest({ apart: (path) => path.startsWith('/A.TXT') });
});

// Ids decide which of the two is looked at first.
test.each([1, 2, 3, 4])(
  'a folder and a file that swap names on Dropbox swap them on Assembly too (%i)',
  async (seed) => {
    await sim.end();
    sim = await grounds.start({ seed, continueAsNew: 0 });
    await sim.dropbox.put('/docs/in.txt', 'one');
    await sim.dropbox.put('/file', 'two');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/aside');
    await sim.dropbox.rename('/file', '/docs');
    await sim.dropbox.rename('/aside', '/file');
    await sim.settle();
    await sim.expectAtRest({ tree: ['folder /file', 'file /docs', 'file /file/in.txt'] });
  },
);

test('what was added to a folder follows it though Assembly has put a file in its old place', async () => {
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.dropbox.folder('/old/docs/new');
  await sim.until('afterCall assembly.createFolder');
  await sim.dropbox.rename('/old/docs', '/docs');
  await sim.assembly.remove('/old/docs');
  await sim.assembly.put('/old/docs', 'now a file');
  await sim.settle();
  expect((await sim.shown()).assembly.map(({ path }) => path)).toContain('/docs/new');
  await sim.expectAtRest();
});

test.each(['edited', 'renamed'])(
  'what a lost create left on Assembly is found though the sync was paused and the file %s meanwhile',
  async (how) => {
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
    await sim.dropbox.put('/a.txt', 'one');
    await sim.until('beforeCall assembly.createFile');
    await sim.turn();
    sim.pause();
    await sim.settle();
    if (how === 'edited') await sim.dropbox.put('/a.txt', 'a newer one');
    else await sim.dropbox.rename('/a.txt', '/b.txt');
    sim.resume();
    await sim.settle();
    await sim.expectAtRest({ tree: [how === 'edited' ? 'file /a.txt' : 'file /b.txt'] });
  },
);

test("somebody's upload that was pending before ours was lost is not taken for ours", async () => {
  await sim.dropbox.put('/b.txt', 'one');
  await sim.settle();
  await sim.assembly.begin('/a.txt');
  sim.events.drop();
  await sim.lookInFull();
  sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'two');
  await sim.settle();
  const { assembly } = await sim.shown();
  expect(
    assembly
      .filter(({ path }) => path === '/a.txt')
      .map(({ pending }) => pending)
      .sort(),
  ).toEqual([false, true]);
});

test('a name that collided arrives on Dropbox as soon as the other one is gone', async () => {
  await sim.assembly.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.put('/A.TXT', 'two');
  await sim.settle();
  await sim.dropbox.remove('/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /A.TXT'] });
});

test('what a client puts into a folder while its letter case is changed is kept beside what is there', async () => {
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.dropbox.put('/old/a.txt', 'one');
  await sim.dropbox.rename('/old', '/OLD');
  await sim.assembly.put('/old/a.txt', 'what a client wrote');
  await sim.settle();
  await sim.lookInFull();
  expect((await sim.shown()).dropbox.filter(({ object }) => object === 'file')).toHaveLength(2);
  await sim.expectAtRest();
});

test('a folder that Assembly replaced by a file stays for what Dropbox has put into it', async () => {
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.assembly.remove('/old');
  await sim.assembly.put('/old', 'now a file');
  await sim.until('beforeCall dropbox.listFolder');
  await sim.dropbox.put('/old/new.txt', 'two');
  await sim.settle();
  await sim.expectAtRest({
    tree: ['folder /old', 'file /old/new.txt', 'file /old (Assembly conflicted copy 2026-11-23)'],
  });
});

test.each(['the file', 'its folder'])(
  'a create on Dropbox whose answer was lost leaves one file though %s was renamed meanwhile',
  async (what) => {
    await sim.assembly.folder('/docs');
    await sim.settle();
    sim.faults.arm({ point: 'afterCall', detail: 'dropbox.upload', kind: 'crash' });
    await sim.assembly.put('/docs/a.txt', 'one');
    await sim.until('beforeCall dropbox.upload');
    await sim.turn();
    if (what === 'the file') await sim.assembly.rename('/docs/a.txt', '/docs/b.txt');
    else await sim.assembly.rename('/docs', '/papers');
    await sim.settle();
    await sim.expectAtRest({
      tree:
        what === 'the file' ? ['folder /docs', 'file /docs/b.txt'] : ['folder /papers', 'file /papers/a.txt'],
    });
  },
);

test.each(['renamed once more', 'replaced by a file'])(
  'what comes into the place that a folder is leaving goes along though Dropbox has %s the folder',
  async (how) => {
    await sim.dropbox.folder('/old');
    await sim.settle();
    await sim.dropbox.rename('/old', '/papers');
    await sim.until('beforeCall assembly.deleteFile');
    await sim.assembly.put('/old/deep/a.txt', 'one');
    sim.pause();
    await sim.settle();
    if (how === 'replaced by a file') {
      await sim.dropbox.remove('/papers');
      await sim.dropbox.put('/papers', 'now a file');
    } else await sim.dropbox.rename('/papers', '/docs');
    sim.resume();
    await sim.settle();
    const folder = how === 'replaced by a file' ? '/papers (Assembly conflicted copy 2026-11-23)' : '/docs';
    await sim.expectAtRest({
      tree: [
        `folder ${folder}`,
        `folder ${folder}/deep`,
        `file ${folder}/deep/a.txt`,
        ...(how === 'replaced by a file' ? ['file /papers'] : []),
      ],
    });
  },
);

test('the place that a folder has left is a folder like any other once that folder is gone', async () => {
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.assembly.begin('/old/never finished.txt');
  await sim.dropbox.rename('/old', '/papers');
  await sim.settle();
  await sim.dropbox.remove('/papers');
  await sim.settle();
  await sim.assembly.put('/old/a.txt', 'one');
  await sim.settle();
  expect((await sim.trees()).dropbox.map((line) => line.replace(/ [0-9a-f]+$/, ''))).toEqual([
    'file /old/a.txt',
    'folder /old',
  ]);
});

test.each(['was renamed', 'was renamed and replaced', 'has changed places with another one'])(
  'a create on Dropbox whose answer was lost leaves one file though that file %s there meanwhile',
  async (what) => {
    await sim.dropbox.put('/z.txt', 'another');
    await sim.settle();
    sim.faults.arm({ point: 'afterCall', detail: 'dropbox.upload', kind: 'crash' });
    await sim.assembly.put('/a.txt', 'one');
    await sim.until('beforeCall dropbox.upload');
    await sim.turn();
    const made = (await sim.assembly.tree()).find(({ path }) => path === '/a.txt')!.hash!;
    await sim.dropbox.rename('/a.txt', '/b.txt');
    if (what === 'was renamed and replaced') await sim.dropbox.put('/a.txt', 'a third');
    if (what === 'has changed places with another one') {
      await sim.dropbox.rename('/z.txt', '/a.txt');
      await sim.dropbox.rename('/b.txt', '/z.txt');
    }
    await sim.settle();
    const { dropbox } = await sim.shown();
    expect(dropbox.filter(({ hash }) => hash === made)).toHaveLength(1);
    await sim.expectAtRest({
      tree: {
        'was renamed': ['file /b.txt', 'file /z.txt'],
        'was renamed and replaced': ['file /a.txt', 'file /b.txt', 'file /z.txt'],
        'has changed places with another one': ['file /a.txt', 'file /z.txt'],
      }[what]!,
    });
  },
);

test('a folder of Assembly that has the name which another one is given takes that one in', async () => {
  await sim.dropbox.put('/docs/deep/a.txt', 'one');
  await sim.settle();
  await sim.assembly.put('/DOCS/deep/b.txt', 'two');
  await sim.settle();
  await sim.dropbox.rename('/docs', '/DOCS');
  await sim.lookInFull();
  await sim.settle();
  await sim.expectAtRest({
    tree: ['folder /DOCS', 'folder /DOCS/deep', 'file /DOCS/deep/a.txt', 'file /DOCS/deep/b.txt'],
  });
});

describe.each(['/a.txt', '/a.txt/b.txt'])(
  'with %s on both sides, the first name keeps its letter case on Assembly',
  (path) => {
    beforeEach(async () => {
      await sim.dropbox.put(path, 'one');
      await sim.settle();
    });
    const expectApart = async () => {
      await sim.lookInFull();
      expect(await sim.endlessWaits()).toEqual([]);
      await sim.expectAtRest({ apart: (one) => one.toLowerCase().startsWith('/a.txt') });
    };

    test('while another one has the name that it is given', async () => {
      await sim.assembly.put('/A.TXT', 'two');
      await sim.settle();
      await sim.dropbox.rename('/a.txt', '/A.TXT');
      await expectApart();
    });

    test('where another one comes to have the name that it is given', async () => {
      await sim.dropbox.rename('/a.txt', '/A.TXT');
      await sim.assembly.put('/A.TXT', 'two');
      await expectApart();
    });
  },
);

/** All but one task go on, until it holds or for so many turns. */
async function othersGoOn(held: Task, holds: () => boolean, atMost = 400): Promise<void> {
  for (let turns = 0; turns < atMost && !holds(); turns++) {
    if (sim.events.waiting.length > 0) sim.events.deliver();
    const task = sim.scheduler.runnable().find((one) => one !== held);
    if (task) await sim.turn(task);
    else await sim.tick();
  }
}

const taskAt = (gate: string) => sim.scheduler.runnable().find(({ at }) => at === gate);

test('a folder that another item took in while it was brought over belongs to that one alone', async () => {
  await sim.assembly.folder('/docs');
  await sim.until('beforeCall dropbox.createFolder');
  const held = taskAt('beforeCall dropbox.createFolder')!;
  await sim.dropbox.folder('/x');
  await othersGoOn(held, () => taskAt('beforeCall assembly.createFolder') !== undefined);
  await sim.assembly.rename('/docs', '/x');
  sim.events.drop(sim.events.waiting.findIndex(({ side }) => side === 'assembly'));
  await sim.dropbox.folder('/docs');
  await othersGoOn(held, () => false);
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /docs', 'folder /x'] });
});

test('a file that comes to a taken name in a folder that is moved takes its conflict name in the new place', async () => {
  await sim.dropbox.put('/x/docs/u.txt', 'one');
  await sim.dropbox.put('/a.txt', 'two');
  await sim.settle();
  sim.pause();
  await sim.settle();
  await sim.assembly.rename('/a.txt', '/x/docs/new.txt');
  await sim.dropbox.put('/x/docs/new.txt', 'three');
  await sim.dropbox.rename('/x/docs', '/docs');
  sim.resume();
  await sim.settle();
  await sim.expectAtRest({
    tree: [
      'folder /docs',
      'folder /x',
      'file /docs/u.txt',
      'file /docs/new.txt',
      'file /docs/new (Assembly conflicted copy 2026-11-23).txt',
    ],
  });
});

test('what goes with a folder of Assembly is gone though something was moved out of it first', async () => {
  for (const name of ['a', 'b', 'c']) await sim.assembly.put(`/docs/${name}.txt`, name);
  await sim.settle();
  await sim.assembly.rename('/docs/a.txt', '/a.txt');
  await sim.assembly.rename('/docs/b.txt', '/b.txt');
  await sim.assembly.remove('/docs');
  // The events for what was in it never come.
  const told = (label: string) => sim.events.waiting.findIndex((event) => event.label === label);
  sim.events.deliver(told('folder.deleted docs'));
  for (const name of ['a', 'b', 'c'])
    if (told(`file.deleted docs/${name}.txt`) >= 0) sim.events.drop(told(`file.deleted docs/${name}.txt`));
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /a.txt', 'file /b.txt'] });
});

test.each(['dropbox', 'assembly'] as const)(
  'what was moved on %s into a folder that took its own name goes there on the other side too',
  async (side) => {
    await sim[side].put('/file', 'one');
    await sim[side].put('/folder/in.txt', 'two');
    await sim.settle();
    for (const name of ['/file', '/folder']) {
      await sim[side].rename(name, '/aside');
      await sim[side].folder(name);
      await sim[side].rename('/aside', `${name}/inner`);
    }
    await sim.settle();
    await sim.expectAtRest({
      tree: [
        'folder /file',
        'file /file/inner',
        'folder /folder',
        'folder /folder/inner',
        'file /folder/inner/in.txt',
      ],
    });
  },
);

test('a folder made on both sides while the one above it changes its letter case leaves the old spelling', async () => {
  await sim.dropbox.put('/old/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/old', '/OLD');
  await sim.engine.hint(sim.ref, { kind: 'look', origin: 'sweep' });
  await sim.until('afterCall assembly.createFolder');
  sim.pause();
  await sim.settle();
  await sim.dropbox.folder('/OLD/sub');
  await sim.assembly.folder('/old/sub');
  sim.resume();
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /OLD', 'folder /OLD/sub', 'file /OLD/a.txt'] });
});

test.each(['assembly.download', 'dropbox.createFolder'])(
  'what is on its way to a synced folder that people rename before %s arrives in it',
  async (call) => {
    await sim.assembly.put('/docs/a.txt', 'one');
    await sim.until(
      call === 'assembly.download' ? `afterCall ${call}` : 'beforeRemote dropbox create folder',
    );
    await sim.dropbox.moveRoot('/Renamed');
    await sim.settle();
    await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/a.txt'] });
    await expect(sim.dropbox.outside('/Clients')).rejects.toThrow('not_found');
  },
);

test('a synced folder that people have deleted is not made anew by what was on its way to it', async () => {
  await sim.assembly.put('/docs/a.txt', 'one');
  await sim.until('beforeRemote dropbox create folder');
  await sim.dropbox.removeRoot();
  await sim.settle();
  await expect(sim.dropbox.outside('/Clients')).rejects.toThrow('not_found');
  await sim.dropbox.restoreRoot();
  sim.resume();
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/a.txt'] });
});

test('what a lost create left on Assembly is found where lists leave out the state of files', async () => {
  const back = await applySettings(grounds, { assembly: { listOmits: ['status', 'size', 'downloadUrl'] } });
  sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /a.txt'] });
  await back();
});

test('below a folder that Dropbox refuses nothing is owed though one in between was never told', async () => {
  await sim.assembly.folder('/back\\slash');
  await sim.settle();
  await sim.assembly.put('/back\\slash/docs/a.txt', 'one');
  sim.events.drop(sim.events.waiting.findIndex(({ label }) => label.startsWith('folder.created')));
  await sim.settle();
  await sim.lookInFull();
  await sim.expectAtRest({ apart: (path) => path.startsWith('/back') });
});

test('an operation that a worker left open is closed though nothing is owed any more', async () => {
  sim.faults.arm({ point: 'afterCommit', detail: 'openOperation', kind: 'crash' });
  await sim.assembly.folder('/docs');
  await sim.until('beforeTransaction openOperation');
  await sim.turn(taskAt('beforeTransaction openOperation'));
  await sim.dropbox.folder('/docs');
  sim.events.deliver(sim.events.waiting.findIndex(({ side }) => side === 'dropbox'));
  for (let turns = 0; turns < 400; turns++) {
    const task = sim.scheduler.runnable().find(({ name }) => !/Operation$/.test(name));
    if (task) await sim.turn(task);
    else if (sim.scheduler.runnable().length === 0) await sim.tick();
  }
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /docs'] });
});

test('nothing is owed below a folder that Dropbox refuses though its contents were told before it was', async () => {
  await sim.assembly.folder('/party 🎉');
  while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.assembly.put('/party 🎉/a.txt', 'one');
  await sim.settle();
  await sim.lookInFull();
  await sim.expectAtRest({ apart: (path) => path.startsWith('/party') });
});

describe.each(['reject', 'autorename'])(
  'where Assembly lets no two objects stand at one path (%s)',
  (how) => {
    let back: () => Promise<void>;
    beforeEach(async () => {
      back = await applySettings(grounds, { assembly: { occupiedPath: how, pendingOccupies: false } });
    });
    afterEach(() => back());

    test.each([
      ['file', '/a.txt', '/a.txt'],
      ['folder', '/docs', '/docs/a.txt'],
    ])('a %s of Dropbox with the name of a link waits until the link is gone', async (_, link, file) => {
      await sim.assembly.link(link);
      await sim.settle();
      await sim.dropbox.put(file, 'one');
      await sim.settle();
      expect(await sim.owed()).toEqual([]);
      expect((await sim.shown()).assembly.map(({ object, path }) => `${object} ${path}`)).toEqual([
        `link ${link}`,
      ]);
      sim.calls.splice(0);
      await sim.lookInFull();
      expect(sim.writes()).toEqual([]);
      await sim.assembly.remove(link);
      // Nobody tells of links: a full look finds it.
      await sim.lookInFull();
      await sim.expectAtRest({ tree: link === file ? [`file ${file}`] : [`folder ${link}`, `file ${file}`] });
    });
  },
);

test.each(['files/upload_session/append_v2', 'files/upload_session/finish'])(
  'an upload in parts arrives once though its worker dies between two parts and an answer of %s is lost',
  async (route) => {
    await sim.end();
    sim = await grounds.start({ continueAsNew: 0, uploadSizes: { singleBytes: 4, partBytes: 3 } });
    sim.faults.arm({ point: 'afterPart', kind: 'crash', skip: 1 });
    await sim.dropbox.trouble({ route, action: 'reset', when: 'after', times: 1 });
    await sim.assembly.put('/a.txt', 'ten bytes.');
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt'] });
  },
);

test('a file of Dropbox keeps its name though a folder comes to it and the one above is renamed', async () => {
  await sim.assembly.folder('/old');
  await sim.settle();
  sim.pause();
  await sim.settle();
  await sim.assembly.put('/old/two/in.txt', 'one');
  await sim.assembly.rename('/old', '/new');
  await sim.dropbox.put('/old/two', 'two');
  sim.resume();
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /new', 'file /new/two', ...inCopy('/new/two')] });
});

test('a folder that takes a conflict name goes along with one far above that is renamed', async () => {
  await sim.assembly.folder('/old');
  await sim.settle();
  await sim.assembly.put('/old/sub/one/in.txt', 'one');
  await sim.until('beforeCall dropbox.createFolder');
  await sim.assembly.rename('/old/sub/one', '/old/sub/two');
  await sim.assembly.rename('/old', '/new');
  await sim.dropbox.put('/old/sub/two', 'two');
  while (sim.events.waiting.length > 0) sim.events.deliver();
  // What was made is settled after people's acts were seen, and before they are planned.
  const waits = () => sim.scheduler.runnable().find(({ at }) => at === 'beforeTransaction planSync');
  for (let turns = 0; turns < 400 && !waits(); turns++) {
    const task = sim.scheduler.runnable().find(({ name }) => !/Operation$/.test(name));
    if (task) await sim.turn(task);
    else await sim.tick();
  }
  for (let turns = 0; turns < 400; turns++) {
    const task = sim.scheduler.runnable().find(({ name }) => /Operation$/.test(name));
    if (task) await sim.turn(task);
  }
  await sim.settle();
  await sim.expectAtRest({
    tree: ['folder /new', 'folder /new/sub', 'file /new/sub/two', ...inCopy('/new/sub/two')],
  });
});

test('a folder that is moved into what it has left on Assembly stays where it is, and all that is in it follows', async () => {
  await sim.dropbox.put('/old/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/old', '/docs');
  await sim.until('beforeCall assembly.createFile');
  await sim.assembly.rename('/docs', '/old/docs');
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/a.txt', 'folder /old'] });
});

test('what comes to Assembly into a folder that changes its letter case goes along though a link keeps the one above', async () => {
  await sim.assembly.folder('/docs/old/older');
  await sim.settle();
  await sim.assembly.link('/docs/site');
  await sim.settle();
  sim.pause();
  await sim.settle();
  await sim.dropbox.rename('/docs', '/DOCS');
  await sim.assembly.folder('/docs/old/older/new/newer');
  sim.resume();
  await sim.settle();
  expect((await sim.shown()).dropbox.map(({ path }) => path).sort()).toEqual([
    '/DOCS',
    '/DOCS/old',
    '/DOCS/old/older',
    '/DOCS/old/older/new',
    '/DOCS/old/older/new/newer',
  ]);
  await sim.expectAtRest({ apart: (path) => path.toLowerCase() === '/docs' || path === '/docs/site' });
});

const inCopy = (path: string) => {
  const copy = `${path} (Assembly conflicted copy 2026-11-23)`;
  return [`folder ${copy}`, `file ${copy}/in.txt`];
};

test('a folder that a link keeps where another one comes to live makes no copies of itself', async () => {
  await sim.dropbox.folder('/old');
  await sim.settle();
  await sim.assembly.put('/old/docs/deep/a.txt', 'one');
  await sim.settle();
  await sim.assembly.link('/old/docs/deep/site');
  await sim.dropbox.rename('/old', '/new');
  await sim.dropbox.put('/old/b.txt', 'two');
  await sim.settle();
  await sim.lookInFull();
  const folders = ['/old', '/old/docs', '/old/docs/deep', '/new', '/new/docs', '/new/docs/deep'];
  const { dropbox } = await sim.shown();
  expect(dropbox.map(({ path }) => path).sort()).toEqual(
    [...folders, '/old/b.txt', '/new/docs/deep/a.txt'].sort(),
  );
  expect(await sim.owed()).toEqual([]);
});

// Ids decide which of the two is planned first.
test.each([1, 3])(
  'an operation that a worker left open is closed though its file has a name that collides by now (%i)',
  async (seed) => {
    await sim.end();
    sim = await grounds.start({ seed, continueAsNew: 0 });
    await sim.dropbox.put('/a', 'one');
    await sim.settle();
    sim.faults.arm({ point: 'afterCommit', detail: 'openOperation', kind: 'crash' });
    await sim.assembly.put('/c', 'two');
    await sim.until('beforeTransaction openOperation');
    await sim.turn(taskAt('beforeTransaction openOperation'));
    await sim.assembly.put('/c', 'three');
    await sim.assembly.rename('/a', '/C');
    while (sim.events.waiting.length > 0) sim.events.deliver();
    for (let turns = 0; turns < 400; turns++) {
      const task = sim.scheduler.runnable().find(({ name }) => !/Operation$/.test(name));
      if (task) await sim.turn(task);
      else if (sim.scheduler.runnable().length === 0) await sim.tick();
    }
    await sim.settle();
    expect((await sim.owed()).filter((row) => row.endsWith(' open'))).toEqual([]);
  },
);

test('an edit of Assembly whose file is moved out of the Dropbox folder just before it arrives stays on both sides', async () => {
  await sim.dropbox.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.assembly.replace('/docs/a.txt', 'one, edited');
  await sim.until('beforeCall dropbox.upload');
  await sim.dropbox.moveOut('/docs/a.txt', '/Outside/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/a.txt'] });
});

describe('where Assembly gives an object another name beside one that is there', () => {
  let back: () => Promise<void>;
  beforeEach(async () => {
    back = await applySettings(grounds, { assembly: { occupiedPath: 'autorename', pendingOccupies: false } });
  });
  afterEach(() => back());

  test.each(['edited', 'deleted'])(
    'what a lost answer left beside a file is taken back though the file was %s meanwhile',
    async (how) => {
      await sim.dropbox.put('/docs/a.tar.gz', 'one');
      await sim.settle();
      sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
      await sim.dropbox.put('/docs/a.tar.gz', 'a newer one');
      await sim.until('beforeCall assembly.createFile');
      await sim.turn();
      if (how === 'deleted') await sim.dropbox.remove('/docs/a.tar.gz');
      else await sim.dropbox.put('/docs/a.tar.gz', 'the newest of all');
      await sim.settle();
      await sim.expectAtRest({
        tree: ['folder /docs', ...(how === 'deleted' ? [] : ['file /docs/a.tar.gz'])],
      });
    },
  );

  test('what a lost answer left in a folder does not keep it from being deleted', async () => {
    await sim.dropbox.put('/docs/a.txt', 'one');
    await sim.settle();
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
    await sim.dropbox.put('/docs/a.txt', 'a newer one');
    await sim.until('beforeCall assembly.createFile');
    await sim.turn();
    await sim.dropbox.remove('/docs');
    await sim.settle();
    await sim.expectAtRest({ tree: [] });
  });

  test('what another item is being made of under such a name stays', async () => {
    await sim.dropbox.put('/a.txt', 'one');
    await sim.settle();
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'reset' });
    await sim.dropbox.put('/a.txt', 'a newer one');
    await sim.dropbox.put('/a (1).txt', 'a file of that name');
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt', 'file /a (1).txt'] });
  });

  test('what somebody else has begun to send under such a name is theirs where ours was free', async () => {
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
    await sim.dropbox.put('/a.txt', 'one');
    await sim.until('beforeCall assembly.createFile');
    await sim.turn();
    const theirs = await sim.assembly.begin('/a (1).txt');
    await sim.settle();
    expect(await theirs.complete('of a client')).toBe(true);
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt', 'file /a (1).txt'] });
  });

  // Nothing tells it from one that a person has just made.
  test('an empty folder that a lost answer left beside a file stays, and nothing else does', async () => {
    await sim.assembly.put('/docs', 'a file that nobody has told of');
    while (sim.events.waiting.length > 0) sim.events.drop();
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFolder', kind: 'crash' });
    await sim.dropbox.put('/docs/a.txt', 'one');
    await sim.settle();
    await sim.expectAtRest({
      tree: [
        'folder /docs',
        'file /docs/a.txt',
        'folder /docs (1)',
        'file /docs (Assembly conflicted copy 2026-11-23)',
      ],
    });
  });
});

test('what a folder of Assembly keeps, whose name a file of Dropbox has, waits for that name without being owed', async () => {
  await sim.dropbox.put('/docs/deep/a.txt', 'one');
  await sim.dropbox.put('/docs/b.txt', 'two');
  await sim.settle();
  await sim.assembly.link('/docs/deep/site');
  await sim.lookInFull();
  await sim.assembly.put('/docs/b.txt', 'two, edited');
  await sim.dropbox.remove('/docs');
  await sim.dropbox.put('/docs', 'now a file');
  await sim.settle();
  await sim.lookInFull();
  expect(await sim.owed()).toEqual([]);
  expect(await unsyncable(sim, grounds)).toEqual(['/docs name_collision', '/docs name_collision']);
  await sim.assembly.put('/docs/b.txt', 'two, edited once more');
  await sim.settle();
  expect(await sim.owed()).toEqual([]);
  await sim.assembly.remove('/docs/deep/site');
  await sim.lookInFull();
  expect((await sim.shown()).dropbox.filter(({ object }) => object === 'file')).toHaveLength(2);
  await sim.expectAtRest();
});

test('a file that trades places with a folder that Assembly keeps for a link takes a conflict name', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.dropbox.put('/docs/b.txt', 'two');
  await sim.settle();
  await sim.assembly.link('/docs/site');
  await sim.dropbox.rename('/a.txt', '/aside');
  await sim.dropbox.rename('/docs', '/a.txt');
  await sim.dropbox.rename('/aside', '/docs');
  await sim.settle();
  await sim.lookInFull();
  expect(await sim.owed()).toEqual([]);
  expect(await unsyncable(sim, grounds)).toEqual([]);
  const { dropbox } = await sim.shown();
  expect(dropbox.map(({ object, path }) => `${object} ${path}`).sort()).toEqual([
    'file /a.txt/b.txt',
    'file /docs (Assembly conflicted copy 2026-11-23)',
    'folder /a.txt',
    'folder /docs',
  ]);
});

test('two folders that come to one name on two sides are one, though the folder above moves meanwhile', async () => {
  await sim.dropbox.folder('/a');
  await sim.dropbox.put('/p/1.txt', 'one');
  await sim.dropbox.put('/q/2.txt', 'two');
  await sim.settle();
  await sim.assembly.rename('/a', '/b');
  await sim.assembly.rename('/q', '/b/x');
  await sim.dropbox.rename('/p', '/a/x');
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /b', 'folder /b/x', 'file /b/x/1.txt', 'file /b/x/2.txt'] });
});

test('a file that takes the name of a folder which Dropbox refused to rename takes a conflict name', async () => {
  await sim.assembly.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.assembly.rename('/docs', '/party 🎉');
  const written = await sim.assembly.put('/docs', 'now a file');
  await sim.settle();
  await sim.lookInFull();
  expect(await sim.owed()).toEqual([]);
  expect((await sim.shown()).dropbox.map(({ hash }) => hash)).toContain(written);
  await sim.assembly.rename('/party 🎉', '/party');
  await sim.settle();
  await sim.expectAtRest({
    tree: ['file /docs (Assembly conflicted copy 2026-11-23)', 'folder /party', 'file /party/a.txt'],
  });
});

test('a file of Assembly is replaced, and the list that the delete of a folder calls for shows its successor: an edit', async () => {
  for (const name of ['a', 'b', 'c']) await sim.assembly.put(`/docs/${name}.txt`, `in ${name}`);
  await sim.assembly.put('/e.txt', 'one');
  await sim.settle();
  await sim.assembly.remove('/docs');
  await sim.assembly.replace('/e.txt', 'another');
  sim.events.deliver();
  await sim.settle({ deliver: false });
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /e.txt'] });
});

test('two folders of Assembly come to the name of one that Dropbox renamed: one of them is it, and planning goes on', async () => {
  await sim.dropbox.put('/c/1.txt', 'one');
  await sim.settle();
  await sim.assembly.folder('/docs');
  await sim.assembly.put('/DOCS/2.txt', 'two');
  await sim.dropbox.rename('/c', '/DOCS');
  while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.lookInFull();
  expect(await sim.owed()).toEqual([]);
  expect((await sim.trees()).dropbox.map((line) => line.split(' ')[1])).toEqual(
    expect.arrayContaining(['/DOCS/1.txt']),
  );
});

test('what a worker left open when it died goes on as soon as it can, not when a failed one would be due', async () => {
  sim.faults.arm({ point: 'afterCommit', detail: 'openOperation', kind: 'crash' });
  await sim.assembly.put('/a.txt', 'one');
  await sim.until('beforeTransaction openOperation');
  await sim.turn(taskAt('beforeTransaction openOperation'));
  sim.pause();
  await sim.settle();
  const before = sim.clock.now();
  sim.resume();
  await sim.settle();
  expect(sim.clock.now() - before).toBeLessThan(60_000);
  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

describe('what Assembly has edited in a folder that Dropbox has replaced by a file lives beside that file', () => {
  const COPY = '(Assembly conflicted copy 2026-11-23)';

  test('though the folder above trades names with another before the delete of the old one is carried out', async () => {
    await sim.dropbox.put('/x/y/z/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.remove('/x/y');
    await sim.dropbox.put('/x/y', 'now a file');
    await sim.dropbox.folder('/s');
    await sim.until(`afterReconcile ${sim.ref.syncId}`);
    await sim.assembly.put('/x/y/z/a.txt', 'one, edited');
    await sim.dropbox.rename('/s', '/aside');
    await sim.dropbox.rename('/x', '/s');
    await sim.dropbox.rename('/aside', '/x');
    await sim.settle();
    const there = ['folder /s', 'folder /x', 'file /s/y', `folder /s/y ${COPY}`];
    await sim.expectAtRest({ tree: [...there, `folder /s/y ${COPY}/z`, `file /s/y ${COPY}/z/a.txt`] });
  });

  test('though the folder above is renamed meanwhile', async () => {
    await sim.dropbox.put('/x/y/z/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.remove('/x/y');
    await sim.dropbox.put('/x/y', 'now a file');
    await sim.until(`afterReconcile ${sim.ref.syncId}`);
    await sim.assembly.put('/x/y/z/a.txt', 'one, edited');
    await sim.dropbox.rename('/x', '/s');
    await sim.settle();
    const there = ['folder /s', 'file /s/y', `folder /s/y ${COPY}`];
    await sim.expectAtRest({ tree: [...there, `folder /s/y ${COPY}/z`, `file /s/y ${COPY}/z/a.txt`] });
  });

  // By the order in which its turns come, the folder's new self goes before what is in the old one was looked at.
  test.each([1, 2, 3, 4])('though its folder was just being renamed (seed %d)', async (seed) => {
    await sim.end();
    sim = await grounds.start({ continueAsNew: 0, seed });
    await sim.dropbox.put('/p/docs/a.txt', 'one');
    await sim.dropbox.put('/p/e.txt', 'two');
    await sim.settle();
    await sim.dropbox.rename('/p/docs', '/p/q');
    await sim.until('beforeCall assembly.createFolder');
    await sim.dropbox.remove('/p');
    await sim.dropbox.put('/p', 'now a file');
    await sim.until(`afterReconcile ${sim.ref.syncId}`);
    await sim.assembly.put('/p/e.txt', 'two, edited');
    await sim.assembly.rename('/p/docs/a.txt', '/p/docs/e.txt');
    await sim.settle();
    await sim.lookInFull();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest();
  });
});

test('a file on its way to Dropbox from a folder that turns out not to be synced stays one file', async () => {
  await sim.dropbox.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.assembly.link('/docs/site');
  await sim.lookInFull();
  await sim.assembly.put('/docs/b.txt', 'two');
  await sim.until('beforeCall dropbox.upload');
  await sim.dropbox.rename('/docs', '/DOCS');
  sim.resync();
  for (let turns = 0; turns < 600; turns++) {
    const task = sim.scheduler.runnable().find(({ at }) => !/dropbox\.upload$/.test(at));
    if (task) await sim.turn(task);
    else await sim.tick();
  }
  await sim.settle();
  await sim.lookInFull();
  const names = ({ path }: { path: string }) => path.toLowerCase();
  const { dropbox, assembly } = await sim.shown();
  expect(dropbox.map(names).sort()).toEqual(['/docs', '/docs/a.txt', '/docs/b.txt']);
  expect(assembly.map(names).filter((path) => path === '/docs/b.txt')).toHaveLength(1);
  expect(await sim.owed()).toEqual([]);
});

test.each([
  ['moved', '/x/docs', ['folder /docs', 'folder /x', 'folder /x/docs']],
  ['renamed in its letter case', '/DOCS', ['folder /DOCS', 'folder /x']],
])(
  'a folder that Dropbox has %s stays on Assembly at once for a link that is all there is in it',
  async (_how, to, tree) => {
    await sim.dropbox.folder('/docs');
    await sim.dropbox.folder('/x');
    await sim.settle();
    await sim.assembly.link('/docs/site');
    await sim.settle();
    await sim.lookInFull();
    await sim.dropbox.rename('/docs', to);
    await sim.settle();
    if (to === '/DOCS') await sim.lookInFull();
    expect(await sim.owed()).toEqual([]);
    expect((await sim.shown()).dropbox.map(({ object, path }) => `${object} ${path}`).sort()).toEqual(tree);
  },
);

/** The feed is read to its end, and the folder's move comes to its own, before anything is planned. */
async function readFeedBeforeSettling(): Promise<void> {
  const next = (carries: boolean) =>
    sim.scheduler.runnable().find(({ name }) => /Operation$/.test(name) === carries);
  for (let task = next(false); task && task.at !== 'afterFold dropbox'; task = next(false))
    await sim.turn(task);
  for (let task = next(true); task; task = next(true)) await sim.turn(task);
}

test.each([
  ['within it', '/a/1.txt', ['file /b/2.txt', 'folder /b', 'folder /c']],
  ['into it', '/c/1.txt', ['file /b/2.txt', 'folder /b', 'folder /c']],
])(
  'a file that people move %s while the folder is renamed for the other side keeps that move',
  async (_how, path, tree) => {
    await sim.dropbox.folder('/a');
    await sim.dropbox.folder('/c');
    await sim.dropbox.put(path, 'one');
    await sim.settle();
    await sim.assembly.rename('/a', '/b');
    await sim.until('beforeCall dropbox.move');
    await sim.dropbox.rename(path, '/a/2.txt');
    sim.events.deliver(sim.events.waiting.findIndex(({ side }) => side === 'dropbox'));
    await readFeedBeforeSettling();
    await sim.settle();
    await sim.expectAtRest({ tree });
  },
);

test.each([
  ['a name of our own', '/OLD', 'afterRemote dropbox move aside'],
  ['its end', '/new', 'afterRemote dropbox move'],
])(
  'a file that people move out of a folder, of which the feed tells at %s while it is moved, keeps that move',
  async (_where, folder, moved) => {
    await sim.dropbox.put('/old/a.txt', 'one');
    await sim.dropbox.folder('/x');
    await sim.settle();
    await sim.assembly.rename('/old/a.txt', '/x/a.txt');
    await sim.assembly.rename('/old', folder);
    await sim.until(moved);
    sim.events.deliver(sim.events.waiting.findIndex(({ side }) => side === 'dropbox'));
    await readFeedBeforeSettling();
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /x/a.txt', `folder ${folder}`, 'folder /x'] });
  },
);

test('a name that a folder has for a moment on Dropbox, while its letter case changes, goes no further though the worker dies', async () => {
  await sim.dropbox.put('/old/a.txt', 'one');
  await sim.settle();
  sim.faults.arm({ point: 'beforeCall', detail: 'dropbox.move', kind: 'crash', skip: 1 });
  await sim.assembly.rename('/old', '/OLD');
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /OLD/a.txt', 'folder /OLD'] });
});

test('what was in a folder of Assembly that a file has replaced is gone though a full list for another folder told first', async () => {
  await sim.assembly.put('/replaced/b.txt', 'one');
  for (const name of ['c', 'd', 'e', 'f']) await sim.assembly.put(`/gone/${name}`, `of ${name}`);
  await sim.settle();
  await sim.assembly.remove('/gone');
  await sim.assembly.remove('/replaced');
  await sim.assembly.put('/replaced', 'a file');
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /replaced'] });
});
