import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Loaded into a worker before anything else: profiles its thread until it exits. */
export const FOLDER_NAME = 'BENCH_PROFILE_DIR';

const folder = process.env[FOLDER_NAME];

if (folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (error, result) => {
      if (error !== null || result === undefined) return;
      const file = join(folder, `worker-${process.pid}-${threadId}.cpuprofile`);
      writeFileSync(file, JSON.stringify(result.profile));
    });
  });
}
