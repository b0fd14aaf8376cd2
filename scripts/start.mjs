// npm start: installs and builds what is missing or old, then runs everything of dist/local/start.js.
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { run } from './lib/run.mjs';

const PARENT_LOOK_MS = 1_000;

if (!((await install()) && (await build()))) process.exit(1);

const parent = process.ppid;
const code = await run(
  process.execPath,
  ['--enable-source-maps', 'dist/local/start.js', ...process.argv.slice(2)],
  {
    // The channel closes when this process dies by whatever means, and everything stops.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    onSpawn: (child) => {
      if (process.env.npm_lifecycle_event !== 'start') return;
      // npm does not tell when it is killed; another parent does.
      const look = setInterval(() => {
        if (process.ppid !== parent) child.kill('SIGTERM');
      }, PARENT_LOOK_MS);
      look.unref();
    },
  },
);
process.exit(code);
