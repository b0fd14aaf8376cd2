import { once } from 'node:events';
import { type System, startSystem } from '../support/system';

/**
 * Places between two steps where a worker is ended with SIGKILL, at the nth time it gets there: one of each kind. Every
 * place there is, with every other fault, is struck in the simulation; here it is real processes that die.
 */
const FAULTS = ['afterOpen:5', 'afterRemote:3', 'afterStamp:4', 'beforeSettle:6', 'afterFold:1'] as const;

/** A worker's end is noticed after 20 seconds, each time; how long what follows takes is up to how busy the machine is. */
const PATIENCE_MS = 300_000;

let system: System;
let syncId: string;

beforeAll(async () => {
  system = await startSystem({ workers: 0 });
}, 90_000);
afterAll(() => system?.stop(), 60_000);

test('a worker killed again and again during the initial sync leaves nothing lost and nothing doubled', async () => {
  await fill('initial', 60);
  syncId = await system.connect();
  for (const fault of ['afterRemote:10', 'afterStamp:12', 'beforeSettle:15']) {
    await killedAt(fault);
  }
  system.startWorker();

  const tree = await system.converged(syncId, PATIENCE_MS);

  expect(tree.filter((entry) => entry.object === 'file')).toHaveLength(120);
  await verified();
}, 480_000);

test('workers killed between any two steps, one after the other, are recovered from by the next', async () => {
  for (const fault of FAULTS) {
    for (const worker of system.workers) worker.kill('SIGKILL');
    await fill(fault.replace(':', '-'), 12);
    await killedAt(fault);
  }
  system.startWorker();

  const tree = await system.converged(syncId, PATIENCE_MS);

  for (const fault of FAULTS) {
    const mine = `/${fault.replace(':', '-')}`;
    const files = tree.filter(({ object, path }) => object === 'file' && path.startsWith(mine));
    expect({ fault, files: files.length }).toEqual({ fault, files: 24 });
  }
  await verified();
}, 600_000);

/** A worker that dies there, and by nothing else. */
async function killedAt(fault: string): Promise<void> {
  const [code, signal] = await once(system.startWorker({ FAULT_POINT: fault }), 'exit');
  expect({ fault, code, signal }).toEqual({ fault, code: null, signal: 'SIGKILL' });
}

/** New files on both sides, in folders. */
async function fill(name: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await system.dropbox.put(`/${name}/dropbox ${index % 3}/${index}.txt`, `${name} from dropbox ${index}`);
    await system.assembly.put(
      `/${name} client/assembly ${index % 3}/${index}.txt`,
      `${name} from assembly ${index}`,
    );
  }
}

async function verified(): Promise<void> {
  const { code, stdout, stderr } = await system.cli('verify', syncId, '--content');
  expect({ code, said: code === 0 ? '' : `${stdout}\n${stderr}` }).toEqual({ code: 0, said: '' });
}
