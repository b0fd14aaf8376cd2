import type { FaultPoint } from '../../src/activities/deps';
import { ACTS, type Act, perform, type Side } from './acts';
import type { FaultKind, FaultRule } from './faults';
import { createOracle, pathsApart } from './oracle';
import { createRandom, mixSeed, type Random } from './random';
import type { Grounds, Sim } from './sim';

/** One thing that happens, after `turns` steps of whatever is under way. `seed` decides its details. */
export type Entry = { readonly turns: number; readonly seed: number } & (
  | { readonly kind: 'act'; readonly side: Side; readonly act: Act }
  | { readonly kind: 'fault'; readonly rule: FaultRule }
  | { readonly kind: 'trouble'; readonly side: Side; readonly rule: Record<string, unknown> }
  | { readonly kind: 'events'; readonly what: 'drop' | 'dropAll' | 'double' | 'reverse' | 'deliverAll' }
  | {
      readonly kind:
        | 'crash'
        | 'apiCrash'
        | 'sweep'
        | 'resync'
        | 'pause'
        | 'resume'
        | 'tick'
        | 'forgetCursors'
        | 'settle';
    }
);

export interface Script {
  readonly seed: number;
  readonly entries: readonly Entry[];
}

/** At least so many things happen in a history, more than half of them acts of people. */
export const LENGTH = 32;

const KINDS = {
  act: 100,
  fault: 14,
  trouble: 3,
  events: 14,
  crash: 5,
  apiCrash: 1,
  sweep: 4,
  resync: 2,
  pause: 1,
  resume: 1,
  tick: 8,
  forgetCursors: 1,
  settle: 3,
} as const;

const CALLS = [
  'assembly.createFile',
  'assembly.createFolder',
  'assembly.deleteFile',
  'assembly.upload',
  'assembly.download',
  'assembly.retrieveFile',
  'assembly.listFiles',
  'dropbox.upload',
  'dropbox.download',
  'dropbox.createFolder',
  'dropbox.move',
  'dropbox.delete',
  'dropbox.metadata',
  'dropbox.listFolder',
  'dropbox.listFolderContinue',
  'hinter.hint',
] as const;
const STEPS = [
  'openOperation',
  'applyOperation',
  'settleOperation',
  'observeDropbox',
  'observeAssembly',
  'planSync',
  'markFailed',
  'nextWork',
  'endPass',
  'startPass',
] as const;
const PLACES: readonly FaultPoint[] = [
  'beforeOpen',
  'afterOpen',
  'beforeRemote',
  'afterRemote',
  'afterStamp',
  'beforeSettle',
  'afterSettle',
  'beforeFold',
  'afterFold',
  'beforeReconcile',
  'afterReconcile',
];
const TROUBLES: readonly { side: Side; rule: Record<string, unknown> }[] = [
  { side: 'dropbox', rule: { route: 'files/upload', action: 'cut', afterBytes: 5, times: 1 } },
  { side: 'dropbox', rule: { route: 'files/upload', action: 'reset', when: 'after', times: 1 } },
  { side: 'dropbox', rule: { route: 'files/download', action: 'truncate', afterBytes: 3, times: 1 } },
  { side: 'dropbox', rule: { route: 'files/download', action: 'short', afterBytes: 3, times: 1 } },
  { side: 'dropbox', rule: { route: 'files/*', action: 'expire_token', times: 1 } },
  { side: 'dropbox', rule: { route: 'files/*', action: 'throttle', retryAfter: 1, times: 1 } },
  { side: 'assembly', rule: { route: 'storage PUT', action: 'reset', afterBytes: 3, times: 1 } },
  {
    side: 'assembly',
    rule: { route: 'storage PUT', action: 'status', status: 503, when: 'after', times: 1 },
  },
  { side: 'assembly', rule: { route: 'storage GET', action: 'truncate', afterBytes: 3, times: 1 } },
  { side: 'assembly', rule: { route: 'storage GET', action: 'short', afterBytes: 3, times: 1 } },
  { side: 'assembly', rule: { route: '* /v1/files*', action: 'html502', times: 1 } },
  { side: 'assembly', rule: { route: '* /v1/files*', action: 'status', status: 429, times: 1 } },
];

/** The whole history of a seed, before any of it happens. */
export function writeScript(seed: number, length = LENGTH): Script {
  const random = createRandom(mixSeed(seed, 'script'));
  return { seed, entries: Array.from({ length }, () => writeEntry(random)) };
}

function writeEntry(random: Random): Entry {
  const turns = random.chance(0.35) ? 0 : random.below(random.chance(0.2) ? 120 : 25);
  const at = { turns, seed: random.below(2 ** 31) };
  const kind = random.weighted(KINDS);
  switch (kind) {
    case 'act':
      return { ...at, kind, side: random.pick(['dropbox', 'assembly']), act: random.weighted(ACTS) };
    case 'fault':
      return { ...at, kind, rule: writeFault(random) };
    case 'trouble':
      return { ...at, kind, ...random.pick(TROUBLES) };
    case 'events':
      return {
        ...at,
        kind,
        what: random.weighted({ drop: 4, dropAll: 1, double: 3, reverse: 4, deliverAll: 4 }),
      };
    default:
      return { ...at, kind };
  }
}

function writeFault(random: Random): FaultRule {
  const skip = random.below(3);
  const where = random.weighted({ call: 6, transaction: 3, place: 3 });
  if (where === 'place') return { point: random.pick(PLACES), kind: 'crash', skip };
  if (where === 'call') {
    const kind: FaultKind = random.pick(['reset', 'timeout', 'server', 'throttle', 'crash', 'crash']);
    return { point: random.pick(['beforeCall', 'afterCall']), detail: random.pick(CALLS), kind, skip };
  }
  const point: FaultPoint = random.pick(['beforeTransaction', 'beforeCommit', 'afterCommit']);
  return { point, detail: random.pick(STEPS), kind: random.pick(['lost', 'crash']), skip };
}

export class HistoryFailed extends Error {
  constructor(
    readonly script: Script,
    readonly problems: readonly string[],
    readonly log: readonly string[],
  ) {
    super(`seed ${script.seed}:\n${problems.join('\n')}`);
  }
}

/** Runs one history to its end; rejects with `HistoryFailed` where anything is not as it must be. */
export async function runHistory(grounds: Grounds, script: Script): Promise<readonly string[]> {
  const sim = await grounds.start({ seed: script.seed });
  try {
    await live(sim, script);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const rows = (await sim.rows().catch(() => [])).map((row) => `  row: ${row}`);
    throw new HistoryFailed(script, [...words.split('\n'), ...rows], sim.log);
  } finally {
    await sim.end();
  }
  return sim.log;
}

async function live(sim: Sim, script: Script): Promise<void> {
  const random = createRandom(mixSeed(script.seed, 'life'));
  const oracle = createOracle();
  for (const entry of script.entries) {
    for (let turn = 0; turn < entry.turns; turn++) await breathe(sim, random);
    if (entry.kind === 'act') await whenAllowed(sim, entry.side);
    await happen(sim, oracle, entry);
  }
  await calmDown(sim, random);
  await comeToRest(sim, random);
  expectNoProblems(oracle.judge(await sim.shown()));
  // Either way ends with a further pass that writes nothing.
  if (random.chance(0.5)) await expectSilent(sim);
  else await quietDay(sim, oracle, random);
}

/** What goes on by itself: steps, deliveries, now and then time. */
async function breathe(sim: Sim, random: Random): Promise<void> {
  const busy = sim.scheduler.runnable().length > 0;
  if (sim.events.waiting.length > 0 && random.chance(busy ? 0.15 : 0.6)) {
    sim.events.deliver(random.chance(0.8) ? 0 : random.below(sim.events.waiting.length));
    return;
  }
  if (busy && random.chance(0.97)) return await sim.turn();
  await sim.tick();
}

async function whenAllowed(sim: Sim, side: Side): Promise<void> {
  for (let turns = 0; !sim.mayAct(side); turns++) {
    if (turns > 200) throw new Error('nobody may act any more');
    await sim.turn();
  }
}

async function happen(sim: Sim, oracle: ReturnType<typeof createOracle>, entry: Entry): Promise<void> {
  const random = createRandom(entry.seed);
  switch (entry.kind) {
    case 'act': {
      // What the side itself refuses is no act: nothing has happened.
      const done = await perform(sim, oracle, entry.side, entry.act, random).catch(
        (error: unknown) => `refused: ${String(error).slice(0, 120)}`,
      );
      return sim.note(`ACT on ${entry.side}: ${done}`);
    }
    case 'fault':
      return sim.faults.arm(entry.rule);
    case 'trouble':
      return await sim[entry.side].trouble(entry.rule);
    case 'events':
      return changeEvents(sim, entry.what, random);
    case 'crash':
      sim.crash('worker');
      return await sim.engine.wake();
    case 'apiCrash':
      sim.crash('api');
      return await sim.engine.wake();
    case 'sweep':
      return sim.sweep();
    case 'resync':
      return sim.resync();
    case 'pause':
      return sim.pause();
    case 'resume':
      return sim.resume();
    case 'tick':
      return await sim.tick();
    case 'forgetCursors':
      sim.note('cursors die');
      return await sim.dropbox.forgetCursors();
    case 'settle':
      sim.note('settle');
      return await sim.settle();
    default:
      return entry satisfies never;
  }
}

type EventsWhat = Extract<Entry, { kind: 'events' }>['what'];

function changeEvents({ events }: Sim, what: EventsWhat, random: Random): void {
  if (what === 'drop' && events.waiting.length > 0) events.drop(random.below(events.waiting.length));
  if (what === 'double') events.double();
  if (what === 'reverse') events.reverse();
  if (what === 'dropAll') while (events.waiting.length > 0) events.drop();
  if (what === 'deliverAll') while (events.waiting.length > 0) events.deliver();
}

/** Faults end; events come or are lost; whoever paused sets the sync active again. */
async function calmDown(sim: Sim, random: Random): Promise<void> {
  sim.note('CALM');
  sim.faults.clear();
  await sim.dropbox.calm();
  await sim.assembly.calm();
  if (random.chance(0.3)) while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.settle();
}

/** A lost hint is repaired by the next look, a halt by the person who is asked. */
async function comeToRest(sim: Sim, random: Random): Promise<void> {
  if ((await sim.syncState()) !== 'active') {
    sim.resume();
    await sim.settle();
  }
  sim.note('LOOK');
  if (random.chance(0.5)) {
    sim.resync();
    await sim.settle();
  } else await sim.lookInFull();
}

/** Nothing owed, nothing broken, and a further full pass writes nothing. */
async function expectSilent(sim: Sim): Promise<void> {
  const state = await sim.syncState();
  const before = await sim.shown();
  expectNoProblems([
    ...sim.engine.broken.map(({ workflow, error }) => `${workflow} broke: ${String(error)}`),
    ...(state === 'active' ? [] : [`the sync is ${state}`]),
    ...(await sim.owed()).map((row) => `owed: ${row}`),
  ]);
  sim.calls.splice(0);
  sim.note('SILENCE');
  await sim.lookInFull();
  const after = await sim.shown();
  expectNoProblems([
    ...sim.writes().map((call) => `a further pass wrote: ${call}`),
    ...(JSON.stringify(after) === JSON.stringify(before) ? [] : ['a further pass changed a tree']),
  ]);
}

const QUIET_ACTS = 4;

/** After the storm one side alone goes on, every event comes: the other must follow exactly. */
async function quietDay(sim: Sim, oracle: ReturnType<typeof createOracle>, random: Random): Promise<void> {
  const side: Side = random.pick(['dropbox', 'assembly']);
  let letterCase = false;
  for (let count = 0; count < QUIET_ACTS; count++) {
    const act = random.weighted({ ...ACTS, twins: 0, refused: 0, collide: 0 });
    letterCase ||= act === 'renameCase';
    sim.note(`QUIET ${side}: ${await perform(sim, oracle, side, act, random).catch(() => 'refused')}`);
    if (random.chance(0.5)) await sim.settle();
  }
  const wanted = await sim.shown();
  const apart = pathsApart(wanted);
  const lines = (entries: typeof wanted.dropbox) =>
    entries
      .filter(({ path }) => !apart(path))
      .map(({ object, path, hash }) => `${object} ${path.normalize('NFC').toLowerCase()} ${hash ?? ''}`)
      .sort()
      .join('\n');
  await sim.settle();
  const found = await sim.shown();
  expectNoProblems([
    ...oracle.judge(found),
    ...(lines(found[side]) === lines(wanted[side])
      ? []
      : [`${side} itself changed:\n${lines(wanted[side])}\n=>\n${lines(found[side])}`]),
  ]);
  // Dropbox's feed does not tell of a change of letter case alone: a full look finds it.
  if (letterCase) await sim.lookInFull();
  await expectSilent(sim);
}

function expectNoProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
