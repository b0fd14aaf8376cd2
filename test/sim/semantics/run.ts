import { createContentHasher } from '../../../src/domain/contentHash';
import { control } from '../../support/people';
import type { Shown } from '../people';
import type { Grounds, Sim } from '../sim';
import { useGrounds } from '../useGrounds';
import { budgetOf, type Row } from './row';

const MAX_TURNS = 40_000;

/** How the events of a run come: as they are told, or each twice and the last one first. */
export type Delivery = 'as told' | 'doubled and reversed';

/**
 * Runs to rest without chance: events first, then the oldest task, then time. So the number of calls is that of the
 * case and not of a seed.
 */
export async function settle(
  sim: Sim,
  delivery: Delivery,
  maxTurns = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let turns = 0; turns < maxTurns; turns++) {
    if (turns === MAX_TURNS) throw new Error(`never comes to rest:\n${sim.log.slice(-40).join('\n')}`);
    if (sim.events.waiting.length > 0) {
      if (delivery !== 'as told') {
        sim.events.double();
        sim.events.reverse();
      }
      while (sim.events.waiting.length > 0) sim.events.deliver();
    }
    const tasks = sim.scheduler.runnable();
    const task = tasks.find((one) => one.process === 'api') ?? tasks[0];
    if (task) await sim.turn(task);
    else if (sim.engine.running().length === 0 && sim.clock.nextAt() === null) return;
    else await sim.tick();
  }
}

/** Until a remote call has been made, or begun. */
export async function untilCalled(sim: Sim, call: string): Promise<void> {
  for (let turn = 0; turn < 400 && !sim.calls.includes(call); turn++) await settle(sim, 'as told', 1);
}

export const hashOf = (content: string): string => {
  const hasher = createContentHasher();
  hasher.update(Buffer.from(content));
  return hasher.digest();
};

const HASH = /^[0-9a-f]{64}$/;

/** `file /a.txt content` as a tree shows it. A content that is itself a hash stays. */
const asShown = (line: string, paths: ReadonlySet<string>): string => {
  if (!line.startsWith('file ')) return line;
  const rest = line.slice('file '.length);
  // A path may hold blanks: the longest one that is there is meant.
  const path = [...paths]
    .filter((one) => rest === one || rest.startsWith(`${one} `))
    .sort((a, b) => b.length - a.length)[0];
  if (path === undefined) return line;
  const content = rest.slice(path.length + 1);
  return `file ${path} ${HASH.test(content) ? content : hashOf(content)}`;
};

/** An empty file of which only the name is there has no hash yet. */
const lineOf = ({ object, path, hash, pending }: Shown): string =>
  `${pending ? 'pending' : object} ${path} ${hash ?? ''}`.trim();

/** Both trees; nothing where the folder or the channel itself is gone. */
async function shownOf(sim: Sim): Promise<Record<'dropbox' | 'assembly', Shown[]>> {
  const [dropbox, assembly] = await Promise.all([
    sim.dropbox.tree().catch(() => []),
    sim.assembly.tree().catch(() => []),
  ]);
  return { dropbox, assembly };
}

async function expectTrees(sim: Sim, { tree, only = {} }: Row): Promise<void> {
  const shown = await shownOf(sim);
  const wanted = (side: 'dropbox' | 'assembly') => {
    const paths = new Set(shown[side].map((one) => one.path));
    return [...tree, ...(only[side] ?? [])].map((line) => asShown(line, paths)).sort();
  };
  expect({
    dropbox: shown.dropbox.map(lineOf).sort(),
    assembly: shown.assembly.map(lineOf).sort(),
  }).toEqual({ dropbox: wanted('dropbox'), assembly: wanted('assembly') });
}

/** Items that are not synced, with their reason. */
export async function unsyncable(sim: Sim, grounds: Grounds): Promise<string[]> {
  const rows = await grounds.database.store.prisma.fileFolderSync.findMany({
    where: {
      portalId: sim.ref.portalId,
      deletedAt: null,
      pendingAction: null,
      pendingActionErrorCode: { not: null },
    },
    select: { itemPath: true, pendingActionErrorCode: true, pendingActionLastError: true },
    orderBy: { itemPath: 'asc' },
  });
  for (const row of rows) expect(row.pendingActionLastError).toMatch(/\w+/);
  return rows.map((row) => `${row.itemPath} ${row.pendingActionErrorCode}`);
}

/** A further look in full, with every event told again, writes nothing and changes nothing (I8). */
async function expectSilent(sim: Sim): Promise<void> {
  const before = await shownOf(sim);
  sim.calls.splice(0);
  await sim.lookInFull();
  expect(sim.writes()).toEqual([]);
  expect(await shownOf(sim)).toEqual(before);
}

export async function switchBoth(
  grounds: Grounds,
  switches: Row['switches'] = {},
): Promise<() => Promise<void>> {
  const sides = ['dropbox', 'assembly'] as const;
  const url = (side: 'dropbox' | 'assembly') => `${grounds.sides[side].controlUrl}/switches`;
  const before = await Promise.all(sides.map((side) => control<Record<string, unknown>>(url(side), 'GET')));
  for (const side of sides) if (switches[side]) await control(url(side), 'POST', switches[side]);
  return async () => {
    for (const [index, side] of sides.entries())
      if (switches[side]) await control(url(side), 'POST', before[index]);
  };
}

async function inSim(grounds: Grounds, row: Row, use: (sim: Sim) => Promise<void>): Promise<void> {
  const back = await switchBoth(grounds, row.switches);
  const sim = await grounds.start({ continueAsNew: 0, ...row.options });
  try {
    if (row.before) {
      await row.before(sim, grounds);
      await settle(sim, 'as told');
    }
    sim.calls.splice(0);
    await use(sim);
  } finally {
    await back();
    await sim.dropbox.calm();
    await sim.assembly.calm();
    await sim.end().catch(() => undefined);
  }
}

async function runCase(grounds: Grounds, row: Row, delivery: Delivery): Promise<void> {
  await inSim(grounds, row, async (sim) => {
    await row.act(sim, grounds);
    await row.meanwhile?.(sim);
    await settle(sim, delivery);
    const calls = sim.assemblyCalls();
    expect(sim.engine.broken).toEqual([]);
    await expectTrees(sim, row);
    // A halted sync owes nothing; what was seen waits to be planned.
    const owed = await sim.owed();
    expect(row.state ? owed.filter((line) => !line.includes(' owes nothing ')) : owed).toEqual([]);
    expect(await unsyncable(sim, grounds)).toEqual([...(row.unsyncable ?? [])]);
    expect(await sim.syncState()).toBe(row.state ?? 'active');
    const wanted = delivery === 'as told' ? row.calls : (row.mangledCalls ?? row.calls);
    const told = calls.map((call) => call.replace('assembly.', '')).join(' ');
    expect(`${calls.length}: ${told}`).toBe(`${wanted}: ${told}`);
    if (row.overBudget === undefined) expect(wanted).toBeLessThanOrEqual(budgetOf(row.made));
    expect(sim.faults.unsprung()).toEqual([]);
    await row.after?.(sim, grounds);
    await expectSilent(sim);
    if (!row.after) await expectTrees(sim, row);
  });
}

/** In the turns of the first change's journey at which the second is made. */
const IN_FLIGHT = [7, 16, 27];

/** The second change is made while the first one is on its way: whatever it meets, nothing is lost. */
async function runInFlight(grounds: Grounds, row: Row, at: number): Promise<void> {
  await inSim(grounds, row, async (sim) => {
    const contents = new Set<string>();
    const remember = async () => {
      for (const side of Object.values(await sim.shown()))
        for (const { hash } of side) if (hash) contents.add(hash);
    };
    await row.act(sim, grounds);
    await settle(sim, 'as told', at);
    await row.meanwhile!(sim);
    await remember();
    await settle(sim, 'as told');
    const calls = sim.assemblyCalls();
    if (calls.length > (row.inFlightCalls ?? 0)) {
      const told = calls.map((call) => call.replace('assembly.', '')).join(' ');
      throw new Error(`${calls.length} calls, at most ${row.inFlightCalls ?? 0} are written down: ${told}`);
    }
    await sim.expectAtRest();
    const kept = new Set((await sim.shown()).dropbox.map(({ hash }) => hash));
    const wanted = row.tree
      .filter((line) => line.startsWith('file '))
      .map((line) => hashOf(line.split(' ').slice(-1)[0]!));
    expect(wanted.filter((hash) => contents.has(hash) && !kept.has(hash))).toEqual([]);
  });
}

/** Runs every row of a table end to end, as told and with its events doubled and reversed. */
export function runTable(rows: readonly Row[]): void {
  const grounds = useGrounds();
  for (const row of rows) {
    describe(row.name, () => {
      test('as told', () => runCase(grounds, row, 'as told'), 60_000);
      test(
        'with every event doubled, the last one first',
        () => runCase(grounds, row, 'doubled and reversed'),
        60_000,
      );
      if (row.meanwhile) {
        test.each(IN_FLIGHT)(
          'while the first is on its way, after %i steps',
          (at) => runInFlight(grounds, row, at),
          60_000,
        );
      }
    });
  }
}
