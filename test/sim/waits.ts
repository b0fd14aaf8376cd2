import type { SyncRef } from '../../src/domain/types';
import { Prisma } from '../../src/generated/prisma/client';
import type { Store } from '../../src/store/client';

interface Owed {
  readonly id: string;
  readonly words: string;
  /**
   * It waits for a person, having failed so often, or for a look, having been seen in a folder that nobody has told of: a file
   * that was seen there before tells nothing of it.
   */
  readonly excused: boolean;
}

interface Wait {
  readonly id: string;
  /** The item that has to do something first; `null`: nobody ever will. */
  readonly for: string | null;
  readonly why: string;
}

/**
 * The graph of waits of a sync at rest: what is owed then waits for something. Each line names a wait that nothing will end:
 * for what nobody is about to do, or in a circle. Knows nothing of how the product finds what is ready.
 */
export async function endlessWaits(store: Store, ref: SyncRef, maxAttempts: number): Promise<string[]> {
  const items = new Map((await owedItems(store, ref, maxAttempts)).map((item) => [item.id, item]));
  const waits = [...(await waitsOn(store, ref, 'dropbox')), ...(await waitsOn(store, ref, 'assembly'))];
  const fate = new Map<string, 'ends' | 'endless'>();
  return [...items.values()].flatMap((item) => follow(item, items, waits, fate));
}

/** From wait to wait, to where it ends; nothing where it was told before. */
function follow(
  from: Owed,
  items: ReadonlyMap<string, Owed>,
  waits: readonly Wait[],
  fate: Map<string, 'ends' | 'endless'>,
): string[] {
  const steps: string[] = [];
  const passed: string[] = [];
  let item: Owed | undefined = from;
  while (item && !fate.has(item.id) && !item.excused) {
    fate.set(item.id, 'endless');
    passed.push(item.id);
    const wait = worstOf(item, items, waits);
    steps.push(`${item.words} waits ${wait?.why ?? 'for nothing and is not done'}`);
    item = wait?.for ? items.get(wait.for) : undefined;
  }
  if (item && (item.excused || fate.get(item.id) === 'ends')) {
    for (const id of passed) fate.set(id, 'ends');
    return [];
  }
  return steps.length === 0 ? [] : [steps.join('; ')];
}

/** Of all that an item waits for, what nobody is about to do. */
function worstOf({ id }: Owed, items: ReadonlyMap<string, Owed>, waits: readonly Wait[]): Wait | undefined {
  const own = waits.filter((wait) => wait.id === id);
  return own.find(({ for: other }) => other === null || !items.has(other)) ?? own[0];
}

const owedItems = (store: Store, { portalId, syncId }: SyncRef, maxAttempts: number) => {
  const untold = (seen: string) => Prisma.sql`EXISTS (
    SELECT FROM ${Prisma.raw(seen)} s WHERE s.item_id = i.id AND s.parent_key <> '' AND NOT EXISTS (
      SELECT FROM ${Prisma.raw(seen)} f
      WHERE f.channel_sync_id = s.channel_sync_id AND f.path_key = s.parent_key AND f.object = 'folder'))`;
  return store.prisma.$queryRaw<Owed[]>`
    SELECT i.id::text, concat_ws(' ', i.pending_action, i.object, i.item_path, 'on', i.pending_action_target) AS words,
      i.pending_action_attempts >= ${maxAttempts} OR ${untold('dbx_seen')} OR ${untold('assembly_seen')} AS excused
    FROM file_folder_sync i
    WHERE i.portal_id = ${portalId} AND i.channel_sync_id = ${syncId}::uuid AND i.pending_action IS NOT NULL
    ORDER BY i.item_path, i.id`;
};

const PARENT = Prisma.raw(`regexp_replace(i.path_key, '/[^/]*$', '')`);

async function waitsOn(store: Store, { portalId, syncId }: SyncRef, side: 'dropbox' | 'assembly') {
  const seen = Prisma.raw(side === 'dropbox' ? 'dbx_seen' : 'assembly_seen');
  // On Assembly another letter case is another folder.
  const inFolder =
    side === 'dropbox'
      ? Prisma.sql`starts_with(c.path_key, s.path_key || '/')`
      : Prisma.sql`starts_with(normalize(c.path), normalize(s.path) || '/')`;
  const sync = (alias: string) =>
    Prisma.sql`${Prisma.raw(alias)}.portal_id = ${portalId} AND ${Prisma.raw(alias)}.channel_sync_id = ${syncId}::uuid`;
  return await store.prisma.$queryRaw<Wait[]>`
    WITH mine AS (
      SELECT * FROM file_folder_sync i
      WHERE ${sync('i')} AND i.pending_action IS NOT NULL AND i.pending_action_target = ${side}),
    comes AS (SELECT * FROM mine i WHERE i.pending_action <> 'delete' AND i.path_key IS NOT NULL),
    live AS (SELECT * FROM file_folder_sync l WHERE ${sync('l')} AND l.deleted_at IS NULL)
    SELECT i.id::text, f.id::text AS for, CASE WHEN f.id IS NULL THEN 'for a folder that nobody makes' ELSE 'for its folder' END AS why
    FROM comes i LEFT JOIN live f ON f.path_key = ${PARENT} AND f.object = 'folder'
    WHERE ${PARENT} <> '' AND NOT EXISTS (
      SELECT FROM ${seen} s WHERE ${sync('s')} AND s.path_key = ${PARENT} AND s.object = 'folder' AND s.item_id = f.id)
    UNION ALL
    SELECT i.id::text, s.item_id::text, 'for its place, which is held by ' || s.object || ' ' || s.path
    FROM comes i JOIN ${seen} s ON ${sync('s')} AND s.path_key = i.path_key AND s.item_id <> i.id
    UNION ALL
    SELECT i.id::text, c.item_id::text, 'until ' || c.object || ' ' || c.path || ' has left it'
    FROM mine i JOIN ${seen} s ON s.item_id = i.id
    JOIN ${seen} c ON ${sync('c')} AND ${inFolder}
    WHERE i.pending_action = 'delete' AND i.object = 'folder'`;
}
