import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosesSandbox } from '../../../src/local/remotesChoice';
import { PACKAGE_ROOT, readStartOptions } from '../../../src/local/startOptions';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-options-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readStartOptions(args, env, () => undefined);

describe('the arguments of npm start', () => {
  test('without any, the demo is kept in .data of the checkout', () => {
    expect(read([])).toEqual({
      dataDir: join(PACKAGE_ROOT, '.data'),
      dropboxDir: undefined,
      assemblyDir: undefined,
      exitWhenConverged: false,
    });
  });

  test('CAIRN_DATA_DIR moves it, and --data-dir goes before that', () => {
    const env = { CAIRN_DATA_DIR: '/from/env' };
    expect(read([], env)?.dataDir).toBe('/from/env');
    expect(read(['--data-dir', folder], env)?.dataDir).toBe(folder);
  });

  test('under npm, relative paths mean the folder where the person typed', () => {
    mkdirSync(join(folder, 'files'));
    const env = { npm_lifecycle_event: 'start', INIT_CWD: folder };
    const args = ['--dropbox-dir', 'files', '--assembly-dir', './files', '--data-dir', 'data'];
    expect(read([...args, '--exit-when-converged'], env)).toEqual({
      dataDir: join(folder, 'data'),
      dropboxDir: join(folder, 'files'),
      assemblyDir: join(folder, 'files'),
      exitWhenConverged: true,
    });
  });

  test('help is printed and nothing is started', () => {
    let text = '';
    const options = readStartOptions(['--help'], {}, (part) => {
      text += part;
    });
    expect(options).toBeUndefined();
    for (const name of ['--dropbox-dir', '--assembly-dir', '--data-dir', '--exit-when-converged']) {
      expect(text).toContain(name);
    }
  });

  test.each([
    [['--dropbox-dri', 'x'], /unknown option '--dropbox-dri'[\s\S]*--help lists the options/],
    [['--dropbox-dir'], /argument missing/],
    [['extra'], /too many arguments/],
    [['--assembly-dir', '/nowhere/at/all'], /^--assembly-dir: \/nowhere\/at\/all does not exist/],
  ])('%j is an error that says what to do', (args, message) => {
    expect(() => read(args)).toThrow(message);
  });

  test('a file where a folder is wanted is an error', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '', { mode: 0o755 });
    expect(() => read(['--dropbox-dir', file])).toThrow(`--dropbox-dir: ${file} is not a folder.`);
  });
});

describe('real services or sandbox', () => {
  const all = { DROPBOX_APP_KEY: 'k', DROPBOX_APP_SECRET: 's', ASSEMBLY_API_KEY: 'a' };

  test('no credentials: sandbox', () => expect(choosesSandbox({})).toBe(true));
  test('all three: the real services', () => expect(choosesSandbox(all)).toBe(false));
  test('a secret may come from a file', () => {
    const { DROPBOX_APP_SECRET: _, ...rest } = all;
    expect(choosesSandbox({ ...rest, DROPBOX_APP_SECRET_FILE: '/run/secret' })).toBe(false);
  });
  test('some of them: an error that names the missing ones', () => {
    expect(() => choosesSandbox({ DROPBOX_APP_KEY: 'k', ASSEMBLY_API_KEY: ' ' })).toThrow(
      'missing: DROPBOX_APP_SECRET, ASSEMBLY_API_KEY',
    );
  });
});
