// Runs an exported function of a TypeScript module in a plain Node process: child.cjs <module> <function> <JSON arguments>.
// The result goes to file descriptor 3 as JSON, an error as {error}.
const { readFileSync, writeSync } = require('node:fs');
const { resolve } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs', ignoreDynamic: true },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

const [file, name, args] = process.argv.slice(2);
const answer = (value) => writeSync(3, JSON.stringify(value));

Promise.resolve()
  .then(() => require(resolve(file))[name](...JSON.parse(args)))
  .then(
    (result) => answer({ result }),
    (error) => {
      answer({ error: String(error) });
      process.exitCode = 1;
    },
  );
