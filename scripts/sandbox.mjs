// npm run sandbox: installs and builds what is missing or old, then runs the two simulators alone (docs/sandbox.md).
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { run } from './lib/run.mjs';

if (!((await install()) && (await build()))) process.exit(1);
const args = ['--enable-source-maps', 'dist/local/sandboxAlone.js', ...process.argv.slice(2)];
// The channel closes when this process dies by whatever means, and the simulators stop.
process.exit(await run(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }));
