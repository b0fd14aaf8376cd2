import { nextWork } from '../../../../src/activities/channel';
import { observeAssembly } from '../../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../../src/activities/observe/dropbox';
import { carryOut, type ItemResult, OperationFailed } from '../../../../src/workflows/carryOut';
import { failureOf } from './steps';
import type { ItemRow, World } from './world';

const ROUNDS = 200;
const PAGE = 50;
export const RUN = { signal: new AbortController().signal, heartbeat: () => {} };

/** Carries one item out as its workflow does. `failed`: the failure is on its row. */
export async function carry(world: World, itemId: string, park = false): Promise<ItemResult | 'failed'> {
  const input = { ...world.ref, itemId, origin: 'webhook' as const, ...(park ? { park } : {}) };
  try {
    return await carryOut(world.steps, input, failureOf);
  } catch (error) {
    if (error instanceof OperationFailed) return 'failed';
    throw error;
  }
}

export const carryPath = async (world: World, path: string) =>
  await carry(world, (await world.item(path)).id);

/** Follows hints, plans, and hands out what is ready, until nothing is left that could run now. */
export async function drive(world: World): Promise<string[]> {
  const done: string[] = [];
  await world.plan();
  for (let round = 0; round < ROUNDS; round++) {
    const hints = world.hints.splice(0);
    if (hints.some((hint) => hint.kind === 'dropbox'))
      await observeDropbox(world.deps, world.ref, false, RUN);
    if (hints.some((hint) => hint.kind === 'assembly')) await observeAssembly(world.deps, world.ref, [], RUN);
    const next = await nextWork(world.deps, world.ref, PAGE, []);
    if (next.dirty || hints.length > 0) {
      await world.plan();
      if (next.items.length === 0) continue;
    }
    const items = next.items.length > 0 ? next.items : next.blockedMove ? [next.blockedMove] : [];
    if (items.length === 0) {
      if (world.hints.length === 0 && !next.dirty) return done;
      continue;
    }
    for (const item of items) {
      const parks = typeof item === 'string';
      done.push(parks ? 'step aside' : item.label);
      const result = await carry(world, parks ? item : item.itemId, parks);
      if (result === 'replan') await world.plan();
    }
  }
  throw new Error(
    `never comes to rest: ${done.slice(-20).join(', ')};\n${owedRows(await world.items()).join('\n')}`,
  );
}

/** Observes in full, then drives to rest. */
export async function converge(world: World): Promise<string[]> {
  await world.observe(true);
  return await drive(world);
}

/** Observes what changed (the feed, the channel's list), then drives to rest. */
export async function follow(world: World): Promise<string[]> {
  await world.observe();
  return await drive(world);
}

/** What is still owed, in words that fit a failing test. */
const owedRows = (items: readonly ItemRow[]): string[] =>
  items
    .filter((row) => row.action !== null || row.dirty || row.open || row.error_code !== null)
    .map(
      (row) =>
        `${row.action} on ${row.target} of ${row.object} ${row.path} (${row.path_key}), rule ${row.rule}, ` +
        `dropbox ${row.dbx_path}, assembly ${row.assembly_path}, attempts ${row.attempts}, ${row.error_code}` +
        `${row.dirty ? ', dirty' : ''}${row.open ? ', open' : ''}${row.pinned ? ', pinned' : ''}`,
    );

/** Equal trees, nothing owed, no second object anywhere, and a full pass that writes nothing (I8). */
export async function expectAtRest(world: World, tree?: readonly string[]): Promise<void> {
  const { dropbox, assembly } = world.trees();
  expect(owedRows(await world.items())).toEqual([]);
  expect({ assembly }).toEqual({ assembly: dropbox });
  if (tree) expect(dropbox).toEqual([...tree].sort());
  expect(world.calls.unsprung()).toEqual([]);
  world.calls.clear();
  await converge(world);
  expect(world.calls.writes()).toEqual([]);
  expect(world.trees()).toEqual({ dropbox, assembly });
}
