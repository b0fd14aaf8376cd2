// The Dropbox sandbox in a process of its own, so that it can be killed and its memory measured.
const Module = require('node:module');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

Module._extensions['.ts'] = (module, filename) => {
  const options = {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  };
  module._compile(transformSync(readFileSync(filename, 'utf8'), options).code, filename);
};

const { createDropboxSandbox } = require(join(__dirname, '../../src/sandbox/dropbox/index.ts'));

let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20).unref();

createDropboxSandbox({ dataDir: process.argv[2] }).then((box) => {
  process.send({ apiUrl: box.apiUrl, contentUrl: box.contentUrl, controlUrl: box.controlUrl });
  process.on('message', () => {
    process.send({ rss: process.memoryUsage().rss, peak });
    peak = 0;
  });
});
