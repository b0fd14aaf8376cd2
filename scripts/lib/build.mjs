// Builds dist/ when the sources have changed: JavaScript by tsc, the bundle of the workflows, and the pages by Vite.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root, run, runInstalled } from './run.mjs';
import { builtHash, sourcesHash } from './sources.mjs';

const DIST = join(root, 'dist');
const WORK = join(root, 'build');
const ABANDONED_MS = 60 * 60_000;

/**
 * Builds into a folder of its own and swaps it in by renaming, so that a process that runs from dist/, or builds at the
 * same time, never sees half a build. All words go to stderr.
 * @param {{ quiet?: boolean }} [options]
 * @returns {Promise<boolean>} whether dist/ is up to date now
 */
export async function build({ quiet = false } = {}) {
  const hash = sourcesHash();
  if (builtHash() === hash) return true;
  const say = (text) => quiet || process.stderr.write(`${text}\n`);
  const stdio = ['ignore', process.stderr, process.stderr];
  say('Building');
  if ((await run(process.execPath, ['scripts/generate.mjs'], { stdio })) !== 0) return false;
  mkdirSync(WORK, { recursive: true });
  removeAbandoned();
  const draft = join(WORK, `dist-${process.pid}`);
  try {
    rmSync(draft, { recursive: true, force: true });
    const code = await runInstalled('tsc', ['-p', 'tsconfig.build.json', '--outDir', draft], { stdio });
    if (code !== 0) {
      process.stderr.write('The TypeScript compiler found errors: see above.\n');
      return false;
    }
    await bundleWorkflows(draft);
    await buildPages(draft);
    writeFileSync(join(draft, 'sources.sha256'), `${hash}\n`);
    swapIn(draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  say('Built');
  return true;
}

async function bundleWorkflows(draft) {
  const require = createRequire(join(root, 'package.json'));
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(draft, 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(join(draft, 'workflow-bundle.js'), code);
}

/** Each page into a folder of its own: the API serves the one, the sandbox the other. */
async function buildPages(draft) {
  const vite = await import('vite');
  for (const page of ['page', 'sandbox']) {
    await vite.build({
      root: join(root, 'web', page),
      configFile: join(root, 'web', 'vite.config.mjs'),
      logLevel: 'warn',
      build: { outDir: join(draft, 'web', page), emptyOutDir: true },
    });
  }
}

function swapIn(draft) {
  const old = join(WORK, `old-${process.pid}`);
  for (let tries = 1; ; tries++) {
    if (existsSync(DIST)) renameSync(DIST, old);
    try {
      renameSync(draft, DIST);
      break;
    } catch (error) {
      // Another build was swapped in between the two renames.
      if (tries === 5 || !['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
  rmSync(old, { recursive: true, force: true });
}

function removeAbandoned() {
  for (const name of readdirSync(WORK)) {
    const path = join(WORK, name);
    if (/^(dist|old)-\d+$/.test(name) && Date.now() - statSync(path).mtimeMs > ABANDONED_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
