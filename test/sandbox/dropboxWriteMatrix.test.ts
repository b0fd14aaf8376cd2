import { type Answer, type Harness, type Json, startHarness, summary, told } from './dropboxHarness';

let h: Harness;
beforeAll(async () => {
  h = await startHarness();
});
afterAll(() => h.stop());

const STATES = ['nothing', 'deleted', 'same', 'other', 'folder', 'ancestor'] as const;
const MODES = ['add', 'overwrite', 'update matching', 'update stale'] as const;
type Outcome = 'new' | 'kept' | 'new rev' | 'conflict/file' | 'conflict/folder' | 'conflict/file_ancestor';

/** What becomes of an upload without `autorename`, by state and then by mode: [not strict, strict]. */
const MATRIX: Record<(typeof STATES)[number], readonly (readonly [Outcome, Outcome])[]> = {
  nothing: [
    ['new', 'new'],
    ['new', 'new'],
    ['new', 'conflict/file'],
    ['new', 'conflict/file'],
  ],
  deleted: [
    ['new', 'new'],
    ['new', 'new'],
    ['new', 'conflict/file'],
    ['new', 'conflict/file'],
  ],
  same: [
    ['kept', 'conflict/file'],
    ['kept', 'conflict/file'],
    ['kept', 'conflict/file'],
    ['kept', 'conflict/file'],
  ],
  other: [
    ['conflict/file', 'conflict/file'],
    ['new rev', 'new rev'],
    ['new rev', 'new rev'],
    ['conflict/file', 'conflict/file'],
  ],
  folder: Array(4).fill(['conflict/folder', 'conflict/folder']),
  ancestor: Array(4).fill(['conflict/file_ancestor', 'conflict/file_ancestor']),
};

const cells = STATES.flatMap((state) =>
  MODES.flatMap((mode, column) =>
    [false, true].flatMap((strict) =>
      [false, true].map((autorename) => {
        const outcome = MATRIX[state][column]?.[strict ? 1 : 0] ?? 'new';
        return { state, mode, strict, autorename, outcome };
      }),
    ),
  ),
);

/** Brings the state about below `dir`; answers with the file that is or was there. */
async function arrange(dir: string, state: (typeof STATES)[number]): Promise<Json> {
  if (state === 'nothing') return {};
  if (state === 'folder') return (await h.rpc('files/create_folder_v2', { path: `${dir}/t.txt` })).json;
  const before = (await h.upload(`${dir}/t.txt`, state === 'same' ? 'bytes' : 'older')).json;
  if (state === 'deleted') await h.rpc('files/delete_v2', { path: `${dir}/t.txt` });
  return before;
}

let count = 0;
const freshDir = (): string => `/cell ${++count}`;

const wireMode = (mode: (typeof MODES)[number], before: Json): unknown => {
  if (mode === 'add' || mode === 'overwrite') return mode;
  return {
    '.tag': 'update',
    update: mode === 'update matching' ? (before.rev ?? '1234567890') : '1234567890',
  };
};

test.each(cells)('onto $state: $mode, strict $strict, autorename $autorename: $outcome', async (cell) => {
  const dir = freshDir();
  const before = await arrange(dir, cell.state);
  const target = cell.state === 'ancestor' ? `${dir}/t.txt/x` : `${dir}/t.txt`;
  const { strict: strict_conflict, autorename } = cell;
  const mode = wireMode(cell.mode, before);
  const answer = await h.upload(target, 'bytes', { mode, strict_conflict, autorename });
  const renames = autorename && /^conflict\/(file|folder)$/.test(cell.outcome);
  if (renames) {
    expect(answer.json.name).toBe(cell.mode.startsWith('update') ? 't (conflicted copy).txt' : 't (2).txt');
  } else if (cell.outcome.startsWith('conflict')) {
    expect([answer.status, summary(answer)]).toEqual([409, `path/${cell.outcome}`]);
    const error = answer.json.error as Json;
    expect(Object.keys(error).sort()).toEqual(['.tag', 'reason', 'upload_session_id']);
  } else {
    expect([answer.status, answer.json.name]).toEqual([200, 't.txt']);
    if (cell.outcome === 'kept') expect(answer.json).toEqual(before);
    if (cell.outcome === 'new rev') {
      expect(answer.json.id).toBe(before.id);
      expect(String(answer.json.rev) > String(before.rev)).toBe(true);
    }
    if (cell.state === 'deleted') expect(answer.json.id).not.toBe(before.id);
  }
});

describe('switches', () => {
  const switches = (changed: Json) => h.control('POST', '/switches', changed);
  const update = (rev: unknown) => ({ mode: { '.tag': 'update', update: rev } });
  let defaults: Json;
  beforeAll(async () => {
    defaults = await h.control('GET', '/switches');
  });
  afterEach(() => switches(defaults));

  test('an identical upload keeps the rev or mints one', async () => {
    const dir = freshDir();
    const first = await arrange(dir, 'same');
    await switches({ identicalUpload: 'new_rev' });
    const again = await h.upload(`${dir}/t.txt`, 'bytes', { mode: 'overwrite' });
    expect(again.json).toMatchObject({ id: first.id, content_hash: first.content_hash });
    expect(again.json.rev).not.toBe(first.rev);
  });

  test('an identical upload that writes nothing is told by the feed, or not', async () => {
    const dir = freshDir();
    await arrange(dir, 'same');
    const { cursor } = await h.list();
    await h.upload(`${dir}/t.txt`, 'bytes');
    expect((await h.drain(cursor)).entries).toEqual([]);
    await switches({ identicalUploadInFeed: true });
    await h.upload(`${dir}/t.txt`, 'bytes');
    expect(told((await h.drain(cursor)).entries)).toEqual([`${dir}/t.txt`]);
  });

  test.each([
    ['resurrect', 200, 't.txt'],
    ['conflict', 409, 'path/conflict/file'],
    ['not_found', 409, 'path/not_found'],
  ])('an update of a deleted file: %s', async (updateOnDeleted, status, said) => {
    const dir = freshDir();
    const before = await arrange(dir, 'deleted');
    await switches({ updateOnDeleted });
    const answer = await h.upload(`${dir}/t.txt`, 'bytes', update(before.rev));
    expect([answer.status, answer.json.name ?? summary(answer)]).toEqual([status, said]);
  });

  test.each([
    ['conflict', 'path/conflict/file'],
    ['not_found', 'path/not_found'],
  ])('a strict update of what is not there: %s', async (strictMissing, said) => {
    await switches({ strictMissing });
    const args = { ...update('1234567890'), strict_conflict: true };
    expect(summary(await h.upload(`${freshDir()}/t.txt`, 'bytes', args))).toBe(said);
  });

  test('strict with the same bytes is a conflict, or tolerated for overwrite and the matching rev alone', async () => {
    const dir = freshDir();
    const before = await arrange(dir, 'same');
    const strict = async (args: Json): Promise<Answer> =>
      h.upload(`${dir}/t.txt`, 'bytes', { ...args, strict_conflict: true });
    await switches({ strictIdentical: 'same' });
    for (const args of [{ mode: 'overwrite' }, update(before.rev)]) {
      expect((await strict(args)).json.rev).toBe(before.rev);
    }
    for (const args of [{ mode: 'add' }, update('1234567890')]) {
      expect(summary(await strict(args))).toBe('path/conflict/file');
    }
  });

  test('the automatic name counts from 2 or from 1, and names the person or not', async () => {
    const dir = freshDir();
    await arrange(dir, 'other');
    const rename = async (args: Json) =>
      (await h.upload(`${dir}/t.txt`, 'new', { ...args, autorename: true })).json.name;
    await switches({ autorenameFrom: 1, autorenameUpdate: 'named' });
    expect(await rename({ mode: 'add' })).toBe('t (1).txt');
    expect(await rename(update('1234567890'))).toBe("t (Sandbox Person's conflicted copy).txt");
  });
});
