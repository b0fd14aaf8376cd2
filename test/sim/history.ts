import { createStage, perform, type Side, type Stage, tidyUp, type Weights } from './acts';
import { approveHalt } from './operator';
import { createOracle, fold } from './oracle';
import { createRandom, mixSeed, type Random } from './random';
import type { ProcessName } from './scheduler';
import type { Entry, Script } from './script';
import { applySettings, isExclusive } from './settings';
import type { Grounds, Sim } from './sim';

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
  const { seed, settings } = script;
  const back = await applySettings(grounds, settings);
  const { massDelete, uploadSizes } = settings;
  const sim = await grounds.start({
    seed,
    reviews: process.env.SIM_REVIEWS !== '0',
    ...(massDelete ? { massDelete } : {}),
    ...(uploadSizes ? { uploadSizes } : {}),
  });
  try {
    await live(sim, grounds, script);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const rows = (await sim.rows().catch(() => [])).map((row) => `  row: ${row}`);
    throw new HistoryFailed(script, [...words.split('\n'), ...rows], sim.log);
  } finally {
    await back();
    await sim.end();
  }
  return sim.log;
}

async function live(sim: Sim, grounds: Grounds, script: Script): Promise<void> {
  const random = createRandom(mixSeed(script.seed, 'life'));
  const exclusive = isExclusive(script.settings);
  const stage = createStage(sim, createOracle(exclusive), exclusive);
  for (const entry of script.entries) {
    for (let turn = 0; turn < entry.turns; turn++) await breathe(sim, random);
    if (entry.kind === 'act') await whenAllowed(sim, entry);
    await happen(stage, grounds, entry);
  }
  await calmDown(stage, random);
  expectNoProblems(await sim.endlessWaits());
  await comeToRest(sim, grounds, random);
  expectNoProblems(await sim.endlessWaits());
  expectNoProblems(stage.oracle.judge(await sim.shown()));
  // Either way ends with a further pass that writes nothing.
  if (random.chance(0.5)) await expectSilent(sim);
  else await quietDay(stage, grounds, random, quietActs(script));
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

async function whenAllowed(sim: Sim, { side, act }: Extract<Entry, { kind: 'act' }>): Promise<void> {
  const may = () => sim.mayAct(side) && (act !== 'root' || sim.mayMoveRoot());
  for (let turns = 0; !may(); turns++) {
    if (turns > 200) throw new Error('nobody may act any more');
    await sim.turn();
  }
}

async function happen(stage: Stage, grounds: Grounds, entry: Entry): Promise<void> {
  const { sim } = stage;
  const random = createRandom(entry.seed);
  switch (entry.kind) {
    case 'act': {
      // What the side itself refuses is no act: nothing has happened.
      const done = await perform(stage, entry.side, entry.act, random).catch(
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
      return await crash(sim, 'worker');
    case 'apiCrash':
      return await crash(sim, 'api');
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
    case 'approve':
      return await approveHalt(sim, grounds);
    case 'settle':
      sim.note('settle');
      await sim.settle();
      return expectNoProblems(await sim.endlessWaits());
    default:
      return entry satisfies never;
  }
}

/** Whoever waited for the process has noticed, and waits for its time, before anything else happens. */
async function crash(sim: Sim, process: ProcessName): Promise<void> {
  sim.crash(process);
  await sim.scheduler.drain();
  await sim.engine.wake();
}

type EventsWhat = Extract<Entry, { kind: 'events' }>['what'];

function changeEvents({ events }: Sim, what: EventsWhat, random: Random): void {
  if (what === 'drop' && events.waiting.length > 0) events.drop(random.below(events.waiting.length));
  if (what === 'double') events.double();
  if (what === 'reverse') events.reverse();
  if (what === 'dropAll') while (events.waiting.length > 0) events.drop();
  if (what === 'deliverAll') while (events.waiting.length > 0) events.deliver();
}

/** Faults end; what people left half done they bring to its end; events come or are lost. */
async function calmDown(stage: Stage, random: Random): Promise<void> {
  const { sim } = stage;
  sim.note('CALM');
  sim.faults.clear();
  await sim.dropbox.calm();
  await sim.assembly.calm();
  await tidyUp(stage);
  if (random.chance(0.3)) while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.settle();
}

/** A lost hint is repaired by the next look, a halt by the person who is asked. */
async function comeToRest(sim: Sim, grounds: Grounds, random: Random): Promise<void> {
  await answerHalts(sim, grounds);
  sim.note('LOOK');
  if (random.chance(0.5) && (await sim.syncState()) === 'active') {
    sim.resync();
    await sim.settle();
  } else await sim.lookInFull();
  await answerHalts(sim, grounds);
}

/** So often an operator may be asked: each answer may bring to light what a look then asks about. */
const MOST_ANSWERS = 4;

/** Whoever paused sets the sync active again; the deletes of a halt were meant, and a look tells of what was not. */
async function answerHalts(sim: Sim, grounds: Grounds): Promise<void> {
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const state = await sim.syncState();
    if (state === 'active') return;
    if (state === 'halted (mass_delete)') await approveHalt(sim, grounds);
    else sim.resume();
    await sim.settle();
  }
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

/** What is not one side's affair alone, or leaves for a while what nobody can follow. */
const NOT_QUIET = { twins: 0, refused: 0, collide: 0, root: 0 };

/** Where a folder from another channel gets a new id only its own event comes: what is in it is found by a full look. */
const quietActs = ({ acts, settings }: Script): Weights =>
  settings.assembly?.crossChannelMove === 'newId' ? { ...acts, moveIn: 0 } : acts;

/** After the storm one side alone goes on, every event comes: the other must follow exactly. */
async function quietDay(stage: Stage, grounds: Grounds, random: Random, acts: Weights): Promise<void> {
  const { sim, oracle } = stage;
  const side: Side = random.pick(['dropbox', 'assembly']);
  const before = await sim.shown();
  const wasApart = oracle.apart(before);
  let letterCase = false;
  stage.quiet = true;
  for (let count = 0; count < QUIET_ACTS; count++) {
    const act = random.weighted({ ...acts, ...NOT_QUIET });
    letterCase ||= act === 'renameCase';
    sim.note(`QUIET ${side}: ${await perform(stage, side, act, random).catch(() => 'refused')}`);
    if (random.chance(0.5)) await sim.settle();
  }
  await tidyUp(stage);
  const wanted = await sim.shown();
  const isApart = oracle.apart(wanted);
  const apart = (path: string) => wasApart(path) || isApart(path);
  const held = oracle.held(wanted);
  // What the other side alone had may be carried over by now: where a name was in its way, or a folder was deleted.
  const alone = wanted[side === 'dropbox' ? 'assembly' : 'dropbox'].filter(({ path }) => apart(path));
  const kept = (path: string) =>
    held(path) || alone.some((one) => fold(one.path).startsWith(`${fold(path)}/`));
  const lines = (entries: typeof wanted.dropbox) =>
    entries
      .filter(({ path, object }) => !apart(path) && !(object === 'folder' && kept(path)))
      .map(({ object, path, hash }) => `${object} ${fold(path)} ${hash ?? ''}`)
      .sort()
      .join('\n');
  await sim.settle();
  await answerHalts(sim, grounds);
  // Nobody tells of links: a full look finds that one is not in the way any more.
  if (stage.exclusive && linksOf(wanted) !== linksOf(before)) await sim.lookInFull();
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

const linksOf = ({ assembly }: Awaited<ReturnType<Sim['shown']>>): string =>
  JSON.stringify(assembly.filter(({ object }) => object === 'link').map(({ id, path }) => [id, path]));

function expectNoProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
