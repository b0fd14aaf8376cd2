import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { otherSide, type Side } from '../../domain/types';
import { type Measure, measure } from '../result';
import { inSystem, type Row, type RowContext } from '../row';
import { readCalls, resetCalls } from '../system/calls';
import { untilConverged } from '../system/converged';
import { historiesSince, untilIdle } from '../system/engine';
import { createPortal } from '../system/portal';
import { type PersonOn, personOn } from '../system/side';
import type { BenchSystem } from '../system/startSystem';

const PER_FOLDER = 100;
const FILE_BYTES = 4_096;
/** Slower than one file a second is no result but a fault. */
const SLOWEST_MS = 1_000;
const START_MS = 60_000;

/** One side is full and the other empty; from the mapping until both are the same. */
export const initialSync = (target: Side, workers: number): Row => ({
  name: `initial-to-${target}-${workers}w`,
  run: (context) => inSystem(context, workers, (system) => measureSync(context, system, target)),
});

async function measureSync(context: RowContext, system: BenchSystem, target: Side): Promise<Measure[]> {
  const { sandbox, gateway, statements, signal } = system;
  const { files } = context.options;
  const portal = await createPortal(system.apiUrl, sandbox, signal);
  const source = personOn(otherSide(target), sandbox, portal, signal);
  const copy = personOn(target, sandbox, portal, signal);
  const { dir, folders } = writeFiles(join(context.folder, 'files'), files);
  await source.seed(dir);
  await untilIdle(gateway, signal);
  await resetCalls(sandbox);
  await statements.reset();
  const since = new Date();

  const syncId = await portal.map(signal);
  const { seconds } = await untilConverged(system, syncId, files + folders, START_MS + files * SLOWEST_MS);
  // Echoes of what was written come in a little later, and are part of what a file costs.
  await untilIdle(gateway, signal);

  const calls = await readCalls(sandbox);
  const sql = await statements.read();
  const { events } = await historiesSince(gateway, since);
  await assertEqual(source, copy, files);
  return [
    measure('files', files / seconds, 'files/s'),
    measure('seconds', seconds, 's'),
    measure('Assembly calls', calls.assembly / files, '/file'),
    measure('Dropbox calls', calls.dropbox / files, '/file'),
    measure('SQL statements', sql.calls / files, '/file'),
    measure('time in Postgres', sql.ms / files, 'ms/file'),
    measure('Temporal events', events / files, '/file'),
    measure('answers 429', calls.throttled),
  ];
}

/** Small files of their own content each, a hundred to a folder. */
function writeFiles(dir: string, files: number): { dir: string; folders: number } {
  const folders = Math.ceil(files / PER_FOLDER);
  for (let folder = 0; folder < folders; folder++) {
    const path = join(dir, `folder ${folder + 1}`);
    mkdirSync(path, { recursive: true });
    for (let file = folder * PER_FOLDER; file < Math.min(files, (folder + 1) * PER_FOLDER); file++) {
      writeFileSync(join(path, `file ${file + 1}.txt`), `file ${file + 1}\n`.padEnd(FILE_BYTES, '.'));
    }
  }
  return { dir, folders };
}

/** A fast sync that is not right is no result. */
async function assertEqual(source: PersonOn, copy: PersonOn, files: number): Promise<void> {
  const [left, right] = [await source.files(), await copy.files()];
  const missing = [...left].filter(([path, hash]) => right.get(path) !== hash);
  if (left.size === files && right.size === files && missing.length === 0) return;
  throw new Error(`${left.size} and ${right.size} of ${files} files are there, ${missing.length} differ`);
}
