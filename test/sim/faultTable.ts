import type { Side } from '../../src/domain/types';
import { armCell, type Cell, cellName, cellsOf, type Place, recordPlaces } from './faultMatrix';
import { type Grounds, RETRY_MAX_SECONDS, type Sim } from './sim';
import { useGrounds } from './useGrounds';

interface Operation {
  readonly name: string;
  /** What has to be there and agreed on before, for the nth cell. */
  readonly before?: (sim: Sim, n: number) => Promise<unknown>;
  /** What a person does then. */
  readonly act: (sim: Sim, n: number) => Promise<unknown>;
  /** What both sides hold of it afterwards. */
  readonly after: (n: number) => string[];
}

const file = (side: Side, content: string) => (sim: Sim, n: number) =>
  sim[side].put(`/${n}.txt`, `${content} ${n}`);
const folderWithFile = async (sim: Sim, n: number) => {
  await sim.dropbox.folder(`/${n}`);
  await sim.dropbox.put(`/${n}/in.txt`, `in ${n}`);
};

/** Every operation that a person's act on `side` calls for on the other one. */
const operationsFrom = (side: Side): Operation[] => {
  const other = side === 'dropbox' ? 'Assembly' : 'Dropbox';
  return [
    {
      name: `create a file on ${other}`,
      act: file(side, 'new'),
      after: (n: number) => [`file /${n}.txt`],
    },
    {
      name: `create a folder on ${other}`,
      act: (sim: Sim, n: number) => sim[side].folder(`/${n}`),
      after: (n: number) => [`folder /${n}`],
    },
    {
      name: `update a file on ${other}`,
      before: file('dropbox', 'old'),
      act: file(side, 'newer'),
      after: (n: number) => [`file /${n}.txt`],
    },
    {
      name: `move a file on ${other}`,
      before: file('dropbox', 'moved'),
      act: (sim: Sim, n: number) => sim[side].rename(`/${n}.txt`, `/${n} b.txt`),
      after: (n: number) => [`file /${n} b.txt`],
    },
    {
      name: `move a folder on ${other}`,
      before: folderWithFile,
      act: (sim: Sim, n: number) => sim[side].rename(`/${n}`, `/${n} b`),
      after: (n: number) => [`folder /${n} b`, `file /${n} b/in.txt`],
    },
    {
      name: `delete a file on ${other}`,
      before: file('dropbox', 'gone'),
      act: (sim: Sim, n: number) => sim[side].remove(`/${n}.txt`),
      after: () => [],
    },
    {
      name: `delete a folder on ${other}`,
      before: folderWithFile,
      act: (sim: Sim, n: number) => sim[side].remove(`/${n}`),
      after: () => [],
    },
  ];
};

/** The most cells of one operation; more would need more files beforehand. */
const MOST = 220;

/**
 * Runs one operation with every fault at every step, each on an object of its own; what went wrong, by cell. The steps
 * are those of a run where nothing goes wrong, so none can be forgotten.
 */
async function runTable(grounds: Grounds, operation: Operation): Promise<{ cells: number; wrong: string[] }> {
  const table = cellsOf(await placesOf(grounds, operation));
  if (table.length > MOST) throw new Error(`${table.length} cells`);
  const sim = await grounds.start({ seed: 1, continueAsNew: 0, massDelete: { min: MOST, ratio: 1 } });
  for (let n = 0; n < table.length; n++) await operation.before?.(sim, n);
  await sim.settle();

  const wrong: string[] = [];
  for (const [n, cell] of table.entries()) {
    const found = await runCell(sim, operation, n, cell).catch((error: Error) =>
      error.message.slice(0, 1_500),
    );
    if (found !== null) wrong.push(`${cellName(cell)}: ${found}`);
  }
  // One pass for all: a cell that leaves something behind is told by the calls it makes.
  await sim.expectAtRest();
  await sim.end();
  return { cells: table.length, wrong };
}

/** The steps of the operation where nothing goes wrong: what the table is made of. */
async function placesOf(grounds: Grounds, operation: Operation): Promise<Place[]> {
  const sim = await grounds.start({ seed: 1, continueAsNew: 0 });
  await operation.before?.(sim, 0);
  await sim.settle();
  const recorder = recordPlaces(sim);
  await operation.act(sim, 0);
  await sim.settle();
  const places = recorder.stop();
  await sim.expectAtRest({ tree: operation.after(0) });
  await sim.end();
  return places;
}

/** What is wrong once the system has come to rest, which takes no longer than a failing call is repeated; `null` when nothing is. */
async function runCell(sim: Sim, operation: Operation, n: number, cell: Cell): Promise<string | null> {
  const disarm = armCell(sim, cell);
  const begun = sim.clock.now();
  await operation.act(sim, n);
  await sim.settle();
  const took = (sim.clock.now() - begun) / 1_000;
  if (!(await disarm())) return 'the fault never struck';
  if (took > RETRY_MAX_SECONDS) return `took ${took} s`;
  const owed = await sim.owed();
  if (owed.length > 0) return `owed: ${owed.join('; ')}`;
  const { dropbox, assembly } = await sim.trees();
  if (dropbox.join('\n') !== assembly.join('\n'))
    return `dropbox ${dropbox.join()}, assembly ${assembly.join()}`;
  const words = dropbox.map(withoutHash).filter((entry) => isOf(entry, n));
  return words.join() === [...operation.after(n)].sort().join() ? null : `both have ${words.join()}`;
}

const withoutHash = (entry: string): string => entry.replace(/ [0-9a-f]{64}$/, '');
const isOf = (entry: string, n: number): boolean => new RegExp(`^\\w+ /${n}(?!\\d)`).test(entry);

/** One test for each operation, and one that none of them was without its steps. */
export function testOperationsFrom(side: Side): void {
  const grounds = useGrounds();
  const counts: number[] = [];

  test.each(operationsFrom(side))(
    '$name: recovers by itself from every fault at every step',
    async (operation) => {
      const { cells, wrong } = await runTable(grounds, operation);
      expect(wrong).toEqual([]);
      counts.push(cells);
    },
    180_000,
  );

  test('no operation is without its steps: each opens, calls, and settles', () => {
    expect(counts).toHaveLength(7);
    // Two transactions with two faults before and after their commit, and one call with two on either side.
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(12);
  });
}
