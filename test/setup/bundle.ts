import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const root = dirname(dirname(__dirname));

/** Where the workflow bundle is after `bundle()`. */
export const BUNDLE = join(root, 'build', 'workflow-bundle.js');

/** Bundles the workflows, unless the bundle there was made of the same sources. */
export default async function bundle(): Promise<void> {
  const record = `${BUNDLE}.sha256`;
  const hash = hashOfSources();
  if (existsSync(BUNDLE) && existsSync(record) && readFileSync(record, 'utf8') === hash) return;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'src', 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  mkdirSync(dirname(BUNDLE), { recursive: true });
  // By rename, and the record last: another run may read them at any moment.
  for (const [file, content] of [
    [BUNDLE, code],
    [record, hash],
  ] as const) {
    writeFileSync(`${file}.${process.pid}`, content);
    renameSync(`${file}.${process.pid}`, file);
  }
}

// All of src, since a workflow could come to import anything; what is generated follows from the schema.
function hashOfSources(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
    .sort();
  for (const file of files) hash.update(file).update(readFileSync(join(root, 'src', file)));
  return hash.digest('hex');
}
