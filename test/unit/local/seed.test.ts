import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { earlierSeed, seedSandbox } from '../../../src/local/seed';
import { copyCheckout, writeDocuments } from '../../../src/local/seedFiles';
import type { StartOptions } from '../../../src/local/startOptions';
import { createAssemblySandbox } from '../../../src/sandbox/assembly';
import { createDropboxSandbox } from '../../../src/sandbox/dropbox';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-seed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(base: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), `content of ${name}`);
  }
}

const filesBelow = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

test('a checkout is copied without what tools have made, secrets, and the folder it is copied into', () => {
  const kept = ['README.md', 'src/a.ts', 'docs/deep/b.md', '.gitignore'];
  const left = [
    'node_modules/x/index.js',
    'dist/a.js',
    '.git/HEAD',
    '.data/env',
    'src/generated/c.ts',
    'npm.log',
    '.env',
  ];
  write(folder, ...kept, ...left, 'mine/postgres/PG_VERSION');
  const target = join(folder, 'mine', 'staging');
  expect(copyCheckout(folder, target, [join(folder, 'mine')])).toBe(kept.length);
  expect(filesBelow(target)).toEqual([...kept].sort());
});

test('the documents share some files with the checkout, at the same paths and with the same bytes', () => {
  write(folder, 'README.md', 'LICENSE', 'docs/decisions/0001-a.md', 'src/a.ts');
  const target = join(folder, 'out');
  mkdirSync(target);
  writeDocuments(folder, target);
  const files = filesBelow(target);
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'LICENSE', 'docs/decisions/0001-a.md', 'Start here.txt']),
  );
  expect(files).not.toContain('src/a.ts');
  expect(readFileSync(join(target, 'README.md'), 'utf8')).toBe('content of README.md');
});

describe('filling the sandbox', () => {
  const options = (more: Partial<StartOptions> = {}): StartOptions => ({
    dataDir: join(folder, 'data'),
    dropboxDir: join(folder, 'left'),
    assemblyDir: join(folder, 'right'),
    exitWhenConverged: false,
    ...more,
  });
  const sandboxDir = () => join(folder, 'data', 'sandbox');
  beforeEach(() => {
    write(join(folder, 'left'), 'a.txt', 'sub/b.txt');
    write(join(folder, 'right'), 'c.txt');
    mkdirSync(join(folder, 'data'));
  });

  async function seed(given: StartOptions) {
    const dropbox = await createDropboxSandbox({ dataDir: join(sandboxDir(), 'dropbox') });
    const assembly = await createAssemblySandbox({ dataDir: join(sandboxDir(), 'assembly') });
    const tree = async (url: string) => {
      const { entries } = (await (await fetch(url)).json()) as { entries: { path: string }[] };
      return entries.map(({ path }) => path);
    };
    try {
      const seeded = await seedSandbox(
        given,
        { dropbox, assembly },
        () => undefined,
        new AbortController().signal,
      );
      const channel = new URLSearchParams({ channelId: seeded.channelId });
      const path = new URLSearchParams({ path: seeded.dropboxPath });
      return {
        seeded,
        dropbox: await tree(`${dropbox.controlUrl}/tree?${path}`),
        assembly: await tree(`${assembly.controlUrl}/tree?${channel}`),
      };
    } finally {
      await dropbox.close();
      await assembly.close();
    }
  }

  test('copies the two folders, and is remembered', async () => {
    const { seeded, dropbox, assembly } = await seed(options());
    expect(dropbox.map((path) => path.replace('/Cairn demo', ''))).toEqual(
      expect.arrayContaining(['/a.txt', '/sub', '/sub/b.txt']),
    );
    expect(assembly).toEqual(['/c.txt']);
    expect(earlierSeed(options(), sandboxDir())).toEqual(seeded);
    expect(existsSync(join(folder, 'data', 'staging'))).toBe(false);
  });

  test('with one folder given, the other side begins empty', async () => {
    const { assembly } = await seed(options({ assemblyDir: undefined }));
    expect(assembly).toEqual([]);
  });

  test('later starts may leave the folders out, but not name other ones', async () => {
    const { seeded } = await seed(options());
    const without = options({ dropboxDir: undefined, assemblyDir: undefined });
    expect(earlierSeed(without, sandboxDir())).toEqual(seeded);
    expect(() => earlierSeed(options({ assemblyDir: join(folder, 'left') }), sandboxDir())).toThrow(
      /--assembly-dir: .* already holds a sync, filled from .*right.*--data-dir/,
    );
  });

  test('what an interrupted start has left is removed before the next', () => {
    write(sandboxDir(), 'dropbox/log');
    expect(earlierSeed(options(), sandboxDir())).toBeUndefined();
    expect(existsSync(sandboxDir())).toBe(false);
  });
});
