#!/usr/bin/env node
// The command line: `cairn <verb>`. In a checkout it first builds what has changed.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(__dirname, '..');
const main = join(root, 'dist', 'cli', 'main.js');
const builder = join(root, 'scripts', 'lib', 'build.mjs');

async function ready() {
  // An installation without sources, such as an image, holds a finished dist/.
  if (!existsSync(join(root, 'src')) || !existsSync(builder)) return existsSync(main);
  const load = (name) => import(pathToFileURL(join(root, 'scripts', 'lib', name)).href);
  const { builtHash, sourcesHash } = await load('sources.mjs');
  if (builtHash() === sourcesHash()) return true;
  const { install } = await load('install.mjs');
  const { build } = await load('build.mjs');
  return (await install()) && (await build({ quiet: true }));
}

ready().then(
  (built) => {
    if (built) {
      process.setSourceMapsEnabled(true);
      require(main);
    } else {
      process.stderr.write('cairn is not built: run "npm run build" and see what it says.\n');
      process.exitCode = 1;
    }
  },
  (error) => {
    process.stderr.write(`cairn could not be built: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
