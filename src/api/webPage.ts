import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
}

/** The page as Vite has built it: its document, and the files that it loads, whose names change with their content. */
export interface WebPage {
  readonly html: string;
  readonly assets: ReadonlyMap<string, Asset>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads a built page whole: it is small, and so no request touches the disk.
 * @throws when the folder holds no page, or a file of a kind that no page of ours has
 */
export function loadWebPage(folder: string): WebPage {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const files = readdirSync(join(folder, 'assets'));
  return { html, assets: new Map(files.map((name) => [name, loadAsset(join(folder, 'assets', name))])) };
}

function loadAsset(file: string): Asset {
  const contentType = CONTENT_TYPES[extname(file)];
  if (contentType === undefined) throw new Error(`${file} is of no kind that a page has`);
  const body = readFileSync(file);
  return { contentType, body, gzip: gzipSync(body, { level: 9 }) };
}
