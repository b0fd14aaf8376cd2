import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ask } from './localHttp';
import type { SandboxUrls } from './sandboxServers';
import { copyCheckout, writeDocuments } from './seedFiles';
import { PACKAGE_ROOT, type StartOptions, UsageError } from './startOptions';

const Seeded = z.object({
  portalId: z.string(),
  channelId: z.string(),
  dropboxPath: z.string(),
  dropboxDir: z.string().nullable(),
  assemblyDir: z.string().nullable(),
});
/** What the sandbox was filled with at its first start. */
export type Seeded = z.infer<typeof Seeded>;

const PORTAL = { id: 'demo', name: 'Demo portal' };
const DROPBOX_PATH = '/Cairn demo';
const SEED_MS = 10 * 60_000;

const seededFile = (dataDir: string) => join(dataDir, 'seeded.json');

/**
 * What an earlier start filled the sandbox with, or undefined; remains of one that was interrupted are removed. To be
 * called before the sandbox starts.
 * @throws UsageError when other folders are asked for than those that are in there
 */
export function earlierSeed(options: StartOptions, sandboxDir: string): Seeded | undefined {
  const file = seededFile(options.dataDir);
  if (!existsSync(file)) {
    rmSync(sandboxDir, { recursive: true, force: true });
    return undefined;
  }
  const seeded = Seeded.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const [option, wanted, used] of [
    ['--dropbox-dir', options.dropboxDir, seeded.dropboxDir],
    ['--assembly-dir', options.assemblyDir, seeded.assemblyDir],
  ] as const) {
    if (wanted === undefined || wanted === used) continue;
    throw new UsageError(
      `${option}: ${options.dataDir} already holds a sync, filled from ${used ?? 'other files'}. ` +
        'To go on with it leave the option out; to begin anew use --data-dir with another folder, or delete that one.',
    );
  }
  return seeded;
}

/** Fills both sides, and records it last: an interrupted seed is begun anew. */
export async function seedSandbox(
  options: StartOptions,
  urls: SandboxUrls,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Seeded> {
  const staging = join(options.dataDir, 'staging');
  rmSync(staging, { recursive: true, force: true });
  try {
    const sources = sourceFolders(options, staging);
    const channelId = await createChannel(urls.assembly.controlUrl, signal);
    const assemblySeed = { dir: sources.assembly, channelId };
    report('Assembly', await fill(urls.assembly.controlUrl, assemblySeed, signal), log);
    const dropboxSeed = { dir: sources.dropbox, path: DROPBOX_PATH };
    report('Dropbox', await fill(urls.dropbox.controlUrl, dropboxSeed, signal), log);
    const seeded: Seeded = {
      portalId: PORTAL.id,
      channelId,
      dropboxPath: DROPBOX_PATH,
      dropboxDir: options.dropboxDir ?? null,
      assemblyDir: options.assemblyDir ?? null,
    };
    const file = seededFile(options.dataDir);
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(seeded, null, 2)}\n`);
    renameSync(`${file}.${process.pid}`, file);
    return seeded;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function sourceFolders(options: StartOptions, staging: string): { dropbox: string; assembly: string } {
  const { dropboxDir, assemblyDir } = options;
  const made = { dropbox: join(staging, 'dropbox'), assembly: join(staging, 'assembly') };
  mkdirSync(made.dropbox, { recursive: true });
  mkdirSync(made.assembly, { recursive: true });
  if (dropboxDir === undefined && assemblyDir === undefined) {
    copyCheckout(PACKAGE_ROOT, made.dropbox, [options.dataDir]);
    writeDocuments(PACKAGE_ROOT, made.assembly);
  }
  return { dropbox: dropboxDir ?? made.dropbox, assembly: assemblyDir ?? made.assembly };
}

async function createChannel(control: string, signal: AbortSignal): Promise<string> {
  const post = { method: 'POST', signal } as const;
  await ask(`${control}/workspaces`, z.unknown(), { ...post, json: PORTAL });
  const person = { workspaceId: PORTAL.id, givenName: 'Ada', familyName: 'Client' };
  const client = await ask(
    `${control}/clients`,
    z.object({ id: z.string(), companyIds: z.array(z.string()).optional() }),
    { ...post, json: person },
  );
  const channel = await ask(`${control}/channels`, z.object({ id: z.string() }), {
    ...post,
    json: {
      workspaceId: PORTAL.id,
      membershipType: 'individual',
      clientId: client.id,
      companyId: client.companyIds?.[0],
    },
  });
  return channel.id;
}

const Report = z.object({ files: z.number(), folders: z.number(), skipped: z.array(z.unknown()) });

const fill = (control: string, json: object, signal: AbortSignal) =>
  ask(`${control}/seed`, Report, { method: 'POST', json, timeoutMs: SEED_MS, signal });

function report(
  side: string,
  { files, folders, skipped }: z.infer<typeof Report>,
  log: (line: string) => void,
) {
  log(
    `${side} holds ${files} files in ${folders} folders${skipped.length ? `, ${skipped.length} skipped` : ''}`,
  );
  for (const one of skipped.slice(0, 5)) log(`  skipped: ${JSON.stringify(one)}`);
}
