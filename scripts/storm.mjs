// npm run test:storm: real processes, killed one after the other while thousands of files go both ways. Prints figures
// and writes them as JSON. With --histories N instead: that many random histories of fresh seeds, without processes, half
// of them on each of two cores; of the first that goes wrong its seed and the smallest script that shows it, and
// SIM_SEED=n replays it. With --big N: N files in one folder, for the length of histories and the worker's memory, and a
// file in parts whose worker is killed. Not part of npm test.
import { parseArgs } from 'node:util';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { runInstalled } from './lib/run.mjs';

const USAGE = `usage: npm run test:storm -- [options]
  --files N        files in all, half on each side (5000)
  --kill-every S   seconds between two kills (5)
  --minutes M      the longest it may take (60)
  --json FILE      where the figures are written (storm.json)
  --histories N    random histories in place of processes
  --acts NAME      what people do in them: plain, daily, or all (plain)
  --big N          in place of the storm: N files in one folder, a single delta of three times as many entries, and a
                   file in parts whose worker is killed
`;

const options = {
  files: { type: 'string', default: '5000' },
  'kill-every': { type: 'string', default: '5' },
  minutes: { type: 'string', default: '60' },
  json: { type: 'string', default: 'storm.json' },
  histories: { type: 'string' },
  acts: { type: 'string', default: 'plain' },
  big: { type: 'string' },
  help: { type: 'boolean', default: false },
};

function read() {
  try {
    const { values } = parseArgs({ options });
    for (const name of ['files', 'kill-every', 'minutes', 'histories', 'big']) {
      if (values[name] !== undefined && !(Number(values[name]) > 0))
        throw new Error(`--${name} takes a number above 0, not "${values[name]}"`);
    }
    if (!['plain', 'daily', 'all'].includes(values.acts))
      throw new Error(`--acts takes plain, daily or all, not "${values.acts}"`);
    return values;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const values = read();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (!((await install()) && (await build()))) process.exit(1);
if (values.histories !== undefined) {
  const env = { ...process.env, STORM_HISTORIES: values.histories, STORM_ACTS: values.acts };
  process.exit(await runInstalled('jest', ['-w', '2', '--selectProjects', 'histories'], { env }));
}
const pattern = values.big === undefined ? 'processes' : 'big';
const jest = ['-w', '1', '--selectProjects', 'storm', '--testPathPatterns', pattern, '--forceExit'];
process.exit(
  await runInstalled('jest', jest, {
    env: {
      ...process.env,
      STORM: '1',
      ...(values.big === undefined ? {} : { STORM_BIG: values.big }),
      STORM_FILES: values.files,
      STORM_KILL_EVERY: values['kill-every'],
      STORM_MINUTES: values.minutes,
      STORM_JSON: values.json,
    },
  }),
);
