import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadWebPage } from '../../../src/api/webPage';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-page-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a built page is read with the kinds of its files', () => {
  writeFileSync(join(folder, 'assets', 'index-1.js'), 'run()');
  writeFileSync(join(folder, 'assets', 'index-2.css'), 'a{}');
  const { html, assets } = loadWebPage(folder);
  expect(html).toBe('<!doctype html>');
  expect([...assets].map(([name, { contentType }]) => [name, contentType])).toEqual([
    ['index-1.js', 'text/javascript; charset=utf-8'],
    ['index-2.css', 'text/css; charset=utf-8'],
  ]);
  expect(gunzipSync(assets.get('index-1.js')!.gzip).toString()).toBe('run()');
});

test('a file of an unknown kind is an error at start, not a guess at a request', () => {
  writeFileSync(join(folder, 'assets', 'data.bin'), '');
  expect(() => loadWebPage(folder)).toThrow('data.bin is of no kind that a page has');
});

test('a missing build says which file is missing', () => {
  expect(() => loadWebPage(join(folder, 'nowhere'))).toThrow('index.html');
});
