// Writes the Prisma client to src/generated/prisma, offline, and only when something it depends on has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const output = join(root, 'src', 'generated', 'prisma');
const record = join(root, 'src', 'generated', 'schema.sha256');

const schema = readFileSync(join(root, 'prisma', 'schema.prisma'));
const { version } = require('prisma/package.json');
const hash = createHash('sha256').update(`prisma ${version}\n`).update(schema).digest('hex');
const recorded = existsSync(record) ? readFileSync(record, 'utf8').trim() : '';

if (recorded !== hash || !existsSync(join(output, 'client.ts'))) {
  rmSync(record, { force: true });
  const cli = join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js');
  const result = spawnSync(process.execPath, [cli, 'generate'], {
    cwd: root,
    // Generating needs no schema engine, but without this setting Prisma tries to download one.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`);
    process.stderr.write(
      'prisma generate failed: see the lines above; `npm ci` repairs a damaged installation.\n',
    );
    process.exit(1);
  }
  // Recorded last and by a rename, so that an interrupted run is done again.
  writeFileSync(`${record}.${process.pid}`, `${hash}\n`);
  renameSync(`${record}.${process.pid}`, record);
}
