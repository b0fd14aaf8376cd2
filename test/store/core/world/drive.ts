import { endPass, nextWork } from '../../../../src/activities/channel';
import type { Side } from '../../../../src/domain/types';
import { carryOut, type ItemResult, OperationFailed } from '../../../../src/workflows/carryOut';
import type { Failure } from '../../../../src/workflows/failure';
import { failureOf } from './steps';
import type { ItemRow, World } from './world';

const ROUNDS = 200;
const PAGE = 50;

/** Carries one item out as its workflow does. A failure is on its row, and told to `failures`. */
async function carry(world: World, itemId: string, park: boolean, failures: Failure[]): Promise<ItemResult> {
  const input = { ...world.input(itemId), ...(park ? { park } : {}) };
  try {
    return await carryOut(world.steps, input, failureOf);
  } catch (error) {
    if (!(error instanceof OperationFailed)) throw error;
    failures.push(error.failure);
    return 'wait';
  }
}

/**
 * Follows hints, plans, and hands out what is ready, until nothing is left that could run now. Resolves with what
 * items failed with. `watched`: both sides are observed before every round, so that our own writes are seen at once.
 */
export async function drive(world: World, watched = false): Promise<Failure[]> {
  const done: string[] = [];
  const failures: Failure[] = [];
  let ended = false;
  if (!watched) await world.plan();
  for (let round = 0; round < ROUNDS; round++) {
    const hints = world.hints.splice(0);
    const told = (side: Side) => !watched && hints.some((hint) => hint.kind === side);
    if (watched) await world.lookAndPlan();
    if (told('dropbox')) await world.observeDropbox();
    if (told('assembly')) await world.observeAssembly();
    const next = await nextWork(world.deps, world.ref, PAGE, []);
    if (next.dirty || hints.length > 0) {
      await world.plan();
      if (next.items.length === 0) continue;
    }
    const items = next.items.length > 0 ? next.items : next.blockedMove ? [next.blockedMove] : [];
    if (items.length === 0) {
      if (world.hints.length > 0 || next.dirty) continue;
      if (ended) return failures;
      await endPass(world.deps, world.ref, 'none');
      ended = true;
      continue;
    }
    ended = false;
    for (const item of items) {
      const parks = typeof item === 'string';
      done.push(parks ? 'step aside' : item.label);
      const result = await carry(world, parks ? item : item.itemId, parks, failures);
      if (result === 'replan') await world.plan();
    }
  }
  throw new Error(
    `never comes to rest: ${done.slice(-20).join(', ')};\n${owedRows(await world.items()).join('\n')}`,
  );
}

/** Observes in full, then drives to rest. */
export async function converge(world: World): Promise<Failure[]> {
  await world.observe(true);
  return await drive(world);
}

/** Observes what changed (the feed, the channel's list), then drives to rest. */
export async function follow(world: World): Promise<Failure[]> {
  await world.observe();
  return await drive(world);
}

/** Follows what changed, and what tells of our own writes, until both owe nothing. */
export const bringToRest = (world: World): Promise<Failure[]> => drive(world, true);

/** What is still owed, in words that fit a failing test. */
const owedRows = (items: readonly ItemRow[]): string[] =>
  items
    .filter(
      (row) =>
        row.pendingAction !== null ||
        row.dirty ||
        row.operation !== null ||
        row.pendingActionErrorCode !== null,
    )
    .map(
      (row) =>
        `${row.pendingAction} on ${row.pendingActionTarget} of ${row.object} ${row.itemPath} (${row.pathKey}), ` +
        `rule ${row.pendingRule}, dropbox ${row.dbxPath}, assembly ${row.assemblyPath}, ` +
        `attempts ${row.pendingActionAttempts}, ${row.pendingActionErrorCode}` +
        `${row.dirty ? ', dirty' : ''}${row.operation ? ', open' : ''}${row.pinned ? ', pinned' : ''}`,
    );

/** Nothing owed, and all that `expectSilent` expects. */
export async function expectAtRest(world: World, tree?: readonly string[]): Promise<void> {
  expect(owedRows(await world.items())).toEqual([]);
  await expectSilent(world, tree);
}

/** Equal trees, one item for each object, and a full pass that writes nothing (I8). */
export async function expectSilent(world: World, tree?: readonly string[]): Promise<void> {
  const { dropbox, assembly } = world.trees();
  expect({ assembly }).toEqual({ assembly: dropbox });
  if (tree) expect(dropbox).toEqual([...tree].sort());
  expect(await world.items()).toHaveLength(dropbox.length);
  expect(world.calls.unsprung()).toEqual([]);
  world.calls.clear();
  await converge(world);
  expect(world.calls.writes()).toEqual([]);
  expect(world.trees()).toEqual({ dropbox, assembly });
}

/** Brings to rest what changed, without a failure, and expects that tree on both sides. */
export async function expectToRest(world: World, tree: readonly string[]): Promise<void> {
  expect(await bringToRest(world)).toEqual([]);
  await expectAtRest(world, tree);
}
