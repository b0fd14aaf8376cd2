// npm run bench: builds, then measures; prints a table and writes it as JSON.
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { run } from './lib/run.mjs';

if (!((await install()) && (await build()))) process.exit(1);
process.exit(
  await run(process.execPath, ['--enable-source-maps', 'dist/bench/main.js', ...process.argv.slice(2)]),
);
