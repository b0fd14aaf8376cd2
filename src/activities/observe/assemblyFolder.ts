import { LIST_LIMIT } from '../../assembly/listFiles';
import { pathKey } from '../../domain/paths';
import {
  type KnownObject,
  knownAssemblyFolder,
  knownBelow,
  knownCount,
  sharingPlace,
  withoutFolder,
} from '../../store/observing';
import { confirmGone, endless, fold, isGone, type Look, MAX_PAGES, ready } from './assemblyLook';

/** Missing objects that are read one by one rather than looked for in a list of the channel; or as many as its pages. */
const FEW_READS = 2;
/** Files replaced elsewhere that one list may cause to be read. */
const MAX_REPLACED = 8;
/** Objects of folders that the list has shown elsewhere, of which one list finds out what has become of them. */
const MAX_LEFT = 1_000;

/**
 * After a folder's move or delete: what a complete list of its place shows is there; what it does not show may have been
 * moved elsewhere before, so only its own answer, or a list of the whole channel, makes it absent.
 */
export async function readSubtree(
  look: Look,
  oldPath: string,
  newPath: string,
  folderIsThere: boolean,
): Promise<void> {
  const { deps, ref } = look;
  const before = await knownBelow(deps.store.prisma, ref, pathKey(oldPath));
  const shown = folderIsThere ? await listInto(look, newPath) : new Set<string>();
  const missing = before.filter(({ id }) => !shown.has(id));
  const pages = Math.ceil((await knownCount(deps.store.prisma, ref)) / LIST_LIMIT);
  if (missing.length <= Math.max(FEW_READS, pages)) {
    for (const { id } of missing) await readOrForget(look, id);
    return;
  }
  const anywhere = await listInto(look, '');
  // The list may have shown who replaces a file that is known, of which only the next event tells that it is gone.
  const replaced = (await sharingPlace(deps.store.prisma, ref)).filter((id) => !anywhere.has(id));
  for (const id of replaced.slice(0, MAX_REPLACED)) missing.push(...(await readReplaced(look, id)));
  // With the folder itself gone, one of what was in it is proof enough that the list tells all.
  const trusted = await confirmGone(
    look,
    missing.filter(({ id }) => !anywhere.has(id)),
    folderIsThere ? undefined : 1,
  );
  if (!trusted) return;
  // Other folders may have moved as well, of which the list tells before their events do.
  const left = await withoutFolder(deps.store.prisma, ref, MAX_LEFT);
  await confirmGone(
    look,
    left.filter(({ id }) => !anywhere.has(id)),
  );
}

/** Stores all that a folder holds, `''` for the whole channel, and returns the ids. */
async function listInto(look: Look, path: string): Promise<Set<string>> {
  const { client, sync, run } = look;
  const shown = new Set<string>();
  let nextToken: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof client.listFiles>> = await client.listFiles(
      {
        channelId: sync.channelId,
        ...(path === '' ? {} : { path: path.slice(1) }),
        ...(nextToken === null ? {} : { nextToken }),
      },
      run.signal,
    );
    await fold(look, await ready(look, answer.objects), sync.assemblyLook);
    for (const object of answer.objects) shown.add(object.id);
    nextToken = answer.nextToken;
    run.heartbeat();
    if (nextToken === null) return shown;
  }
  throw endless();
}

/** Reads what another object has the place of. Returns what was known to be in it, where it is a folder and gone. */
async function readReplaced(look: Look, id: string): Promise<KnownObject[]> {
  const { prisma } = look.deps.store;
  const folder = await knownAssemblyFolder(prisma, look.ref, id);
  await readOrForget(look, id);
  return folder && look.gone.has(id) ? await knownBelow(prisma, look.ref, pathKey(folder.path)) : [];
}

async function readOrForget(look: Look, id: string): Promise<void> {
  const { client, run, sync } = look;
  const found = await client.retrieveFile(id, run.signal);
  run.heartbeat();
  if (found?.channelId === sync.channelId) await fold(look, [found], sync.assemblyLook);
  else await isGone(look, [id]);
}
