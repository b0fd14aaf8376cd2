import type { Outcome } from '../../../src/activities/item/settle';
import { RemoteError } from '../../../src/domain/remoteError';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type Bench, createBench } from './support/bench';

let database: TestDatabase;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bench = await createBench(database);
});

const sides = () => ({ dropbox: bench.dropbox.tree(), assembly: bench.assembly.tree() });
const both = (...entries: string[]) => ({ dropbox: entries, assembly: entries });

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
    owe: () => bench.dropbox.put('/a.txt', 'one'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['createFile', 'upload'],
    after: ['/a.txt one'],
  },
  {
    name: 'a new file',
    owe: () => bench.assembly.put('/a.txt', 'one'),
    path: '/a.txt',
    on: 'dropbox',
    calls: ['upload'],
    after: ['/a.txt one'],
  },
  {
    name: 'a new folder',
    owe: () => bench.dropbox.folder('/f'),
    path: '/f',
    on: 'assembly',
    calls: ['createFolder'],
    after: ['/f/'],
  },
  {
    name: 'a new folder',
    owe: () => bench.assembly.folder('/f'),
    path: '/f',
    on: 'dropbox',
    calls: ['createFolder'],
    after: ['/f/'],
  },
  {
    name: 'an edit',
    before: [OLD],
    owe: () => bench.dropbox.put('/a.txt', 'two'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['createFile', 'upload', 'deleteFile'],
    after: ['/a.txt two'],
  },
  {
    name: 'an edit',
    before: [OLD],
    owe: () => bench.assembly.put('/a.txt', 'two'),
    path: '/a.txt',
    on: 'dropbox',
    calls: ['upload'],
    after: ['/a.txt two'],
  },
  {
    name: 'a rename',
    before: [OLD],
    owe: () => bench.dropbox.move('/a.txt', '/b.txt'),
    path: '/b.txt',
    on: 'assembly',
    calls: ['createFile', 'upload', 'deleteFile'],
    after: ['/b.txt one'],
  },
  {
    name: 'a rename',
    before: [OLD],
    owe: () => bench.assembly.move('/a.txt', '/b.txt'),
    path: '/b.txt',
    on: 'dropbox',
    calls: ['move'],
    after: ['/b.txt one'],
  },
  {
    name: 'a delete',
    before: [OLD],
    owe: () => bench.dropbox.remove('/a.txt'),
    path: '/a.txt',
    on: 'assembly',
    calls: ['deleteFile'],
    after: [],
  },
  {
    name: 'a delete',
    before: [OLD],
    owe: () => bench.assembly.remove('/a.txt'),
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
  for (const [path, content] of before) bench.dropbox.put(path, content);
  await bench.settleAll();
  owe();
  await bench.lookAndPlan();
}

/** At rest, equal, with one object for one item, and silent from then on. */
async function expectAtRest(after: readonly string[]) {
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both(...after));
  expect(await bench.items()).toHaveLength(after.length);
  const writes = () => [...bench.dropbox.faults.calls, ...bench.assembly.faults.calls].filter(isWrite).length;
  const before = writes();
  expect(await bench.settleAll()).toEqual([]);
  expect(writes()).toBe(before);
}

const isWrite = (call: string) => /^(create|upload|delete|move)/.test(call);

describe('a call that breaks off and is tried again by the same activity', () => {
  test.each(BREAKS)('$name on $on, at $call, broken $when its effect', async (effect) => {
    await prepare(effect);
    const { input, serial } = await bench.openWrite(effect.path);
    bench[effect.on].faults.next(effect.call, effect.when);

    await expect(bench.apply(input, serial)).rejects.toThrow('the connection broke');
    const outcome: Outcome = await bench.apply(input, serial);
    await bench.steps.settleOperation(input, serial, outcome);

    await expectAtRest(effect.after);
  });
});

describe('a call that breaks off and is taken up by a later opening', () => {
  test.each(BREAKS)('$name on $on, at $call, broken $when its effect', async (effect) => {
    await prepare(effect);
    const { input, serial } = await bench.openWrite(effect.path);
    bench[effect.on].faults.next(effect.call, effect.when);

    await expect(bench.apply(input, serial)).rejects.toThrow('the connection broke');
    await bench.steps.markFailed(input, serial, { code: 'connection_failed', message: 'broken' });
    await bench.due();

    await expectAtRest(effect.after);
  });
});

describe('an operation that was carried out, with the process lost before it could settle', () => {
  test.each(EFFECTS)('$name on $on', async (effect) => {
    await prepare(effect);
    const { input, serial } = await bench.openWrite(effect.path);

    await bench.apply(input, serial);
    await bench.apply(input, serial);
    await bench.due();

    await expectAtRest(effect.after);
  });
});

test('a file made on Assembly whose process died before its bytes came is filled or replaced, never doubled', async () => {
  const [effect] = EFFECTS;
  await prepare(effect!);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.at('afterStamp', () => {
    throw new Error('died here');
  });

  await expect(bench.apply(input, serial)).rejects.toThrow('died here');
  expect(bench.assembly.tree()).toEqual(['/a.txt (pending)']);
  expect((await bench.item('/a.txt')).assemblyUploadId).toBe(bench.assembly.id('/a.txt'));
  await bench.steps.settleOperation(input, serial, await bench.apply(input, serial));

  await expectAtRest(['/a.txt one']);
});

test('a revision that is gone leaves nothing half done on Assembly', async () => {
  await prepare(EFFECTS[0]!);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.dropbox.faults.refuse('download', 'source_missing');

  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });

  expect(bench.assembly.tree()).toEqual([]);
});

test('a file that somebody else made at the same path on Dropbox is kept beside ours', async () => {
  await prepare({ ...EFFECTS[1]!, owe: () => bench.assembly.put('/a.txt', 'theirs') });
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.dropbox.put('/a.txt', 'ours');

  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
  await bench.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectAtRest(['/a (Assembly conflicted copy 2026-11-23).txt theirs', '/a.txt ours']);
});

test('the same bytes made at the same path on Dropbox meanwhile are adopted', async () => {
  await prepare(EFFECTS[1]!);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.dropbox.put('/a.txt', 'one');

  const outcome = await bench.apply(input, serial);
  expect(outcome).toMatchObject({ kind: 'done' });
  await bench.steps.settleOperation(input, serial, outcome);

  await expectAtRest(['/a.txt one']);
});

test('an edit never replaces a version on Dropbox that was not observed', async () => {
  await prepare(EFFECTS[5]!);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.dropbox.put('/a.txt', 'newer');

  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
  await bench.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectAtRest(['/a (Assembly conflicted copy 2026-11-23).txt two', '/a.txt newer']);
});

test('an edit never replaces a version on Assembly that was not observed', async () => {
  await prepare(EFFECTS[4]!);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench.assembly.put('/a.txt', 'newer on assembly');

  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
  await bench.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectAtRest(['/a (Assembly conflicted copy 2026-11-23).txt newer on assembly', '/a.txt two']);
});

test.each([8, 9])('a delete never meets a version that was not observed (effect %i)', async (index) => {
  const effect = EFFECTS[index]!;
  await prepare(effect);
  const { input, serial } = await bench.openWrite('/a.txt');
  bench[effect.on].put('/a.txt', 'edited meanwhile');

  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
  await bench.steps.settleOperation(input, serial, { kind: 'replan' });

  await expectAtRest(['/a.txt edited meanwhile']);
});

test.each(['dropbox', 'assembly'] as const)(
  'a folder that got something new is not deleted on %s',
  async (on) => {
    const other = on === 'dropbox' ? bench.assembly : bench.dropbox;
    bench.dropbox.folder('/f');
    await bench.settleAll();
    other.remove('/f');
    await bench.lookAndPlan();
    const { input, serial } = await bench.openWrite('/f');
    bench[on].put('/f/new.txt', 'new');

    expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
    await bench.steps.settleOperation(input, serial, { kind: 'replan' });

    await expectAtRest(['/f/', '/f/new.txt new']);
  },
);

test('bytes that Dropbox stored otherwise than they were sent are taken back', async () => {
  await prepare(EFFECTS[1]!);
  const { input, serial } = await bench.openWrite('/a.txt');
  const { upload } = bench.dropbox.client;
  const spoilt = {
    ...bench.dropbox.client,
    upload: async (request: Parameters<typeof upload>[0]) => ({ ...(await upload(request)), hash: 'other' }),
  };
  const { remotes } = bench.deps;
  Object.assign(bench.deps, { remotes: { ...remotes, dropbox: async () => spoilt } });

  await expect(bench.apply(input, serial)).rejects.toMatchObject({ code: 'content_mismatch' });

  expect(bench.dropbox.tree()).toEqual([]);
  Object.assign(bench.deps, { remotes });
  await bench.steps.settleOperation(input, serial, await bench.apply(input, serial));
  await expectAtRest(['/a.txt one']);
});

describe.each([
  ['a new file', EFFECTS[1]!, ['/a.txt one']],
  ['an edit', EFFECTS[5]!, ['/a.txt two']],
] as const)('when Dropbox no longer knows the session that %s was sent in', (_what, effect, after) => {
  test.each([
    ['the file is there where it was finished, and is not sent again', 'after', 1],
    ['it is sent anew where it was not', 'before', 2],
  ] as const)('%s', async (_name, when, uploads) => {
    await prepare(effect);
    const { input, serial } = await bench.openWrite('/a.txt');
    bench.dropbox.faults.next('upload', when, () => {
      throw new RemoteError('dropbox', 'session_lost', 'Dropbox no longer knows the session');
    });

    await bench.steps.settleOperation(input, serial, await bench.apply(input, serial));

    await expectAtRest([...after]);
    expect(bench.dropbox.faults.calls.filter((call) => call === 'upload')).toHaveLength(uploads);
  });
});
