// Records what test/replay replays: runs the whole system once, brings every main path of every workflow about, and
// writes one small history for each. To be run after a workflow has changed on purpose; the old files are worth
// keeping under another name for as long as runs of the old code may be open.
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { runInstalled } from './lib/run.mjs';

if (!((await install()) && (await build()))) process.exit(1);
process.exit(
  await runInstalled(
    'jest',
    ['--selectProjects', 'e2e', '--testPathPatterns', 'test/e2e/(histories|continueAsNew)'],
    {
      env: { ...process.env, SAVE_HISTORIES: '1' },
    },
  ),
);
