// npm test: installs what is missing, then lint, types, the direction of imports and every jest project. Further arguments
// go to jest. The last line counts everything; the exit code is 0 only if nothing failed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { run, runInstalled } from './lib/run.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };

async function check(title, code) {
  const passed = (await code) === 0;
  total[passed ? 'passed' : 'failed']++;
  process.stdout.write(`${passed ? 'PASS' : 'FAIL'} ${title}\n\n`);
}

// Three on two cores: one of them mostly waits (test/setup/mixed.cjs).
async function jest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  const file = join(folder, 'jest.json');
  try {
    const code = await runInstalled('jest', ['-w', '3', ...args, '--json', `--outputFile=${file}`]);
    const result = readResult(file);
    total.passed += result.numPassedTests;
    total.skipped += result.numPendingTests + result.numTodoTests;
    // A file that could not be loaded has no tests to count, and a jest that died before its report has no files.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    total.failed += code !== 0 && failed === 0 ? 1 : failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    process.stdout.write('FAIL jest ended without a report\n');
    return {
      numPassedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 0,
    };
  }
}

// The end-to-end tests run the built processes.
if (!(await install()) || !(await build())) {
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
await check('lint', runInstalled('biome', ['check', '.']));
await check('types', runInstalled('tsc', ['--noEmit', '-p', 'tsconfig.json']));
await check('types of the pages', runInstalled('tsc', ['-p', 'web/tsconfig.json']));
await check('direction of imports', run(process.execPath, ['scripts/check-dependencies.mjs']));
await jest(process.argv.slice(2));

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 ? 0 : 1);
