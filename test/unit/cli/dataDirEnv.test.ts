import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDataDirEnv } from '../../../src/cli/dataDirEnv';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-env-'));
  mkdirSync(join(folder, 'empty'));
  writeFileSync(
    join(folder, 'env'),
    "# comment\nexport DATABASE_URL='postgres://x'\nexport PORT='9'\nexport OPERATOR_TOKEN='it'\\''s'\nexport bad=x\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

test('missing settings come from the data folder, and never over one that is there', () => {
  expect(withDataDirEnv({ CAIRN_DATA_DIR: folder, PORT: '1' })).toEqual({
    CAIRN_DATA_DIR: folder,
    DATABASE_URL: 'postgres://x',
    PORT: '1',
    OPERATOR_TOKEN: "it's",
  });
});

test('a named database means that nothing is taken from the file', () => {
  const env = { CAIRN_DATA_DIR: folder, DATABASE_URL: 'postgres://mine' };
  expect(withDataDirEnv(env)).toEqual(env);
});

test('a folder without the file changes nothing', () => {
  const env = { CAIRN_DATA_DIR: join(folder, 'empty') };
  expect(withDataDirEnv(env)).toEqual(env);
});
