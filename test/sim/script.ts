import { type FaultPoint, STEP_POINTS } from '../../src/activities/deps';
import { type Act, ALL_ACTS, EARLIER_ACTS, type Side, type Weights } from './acts';
import type { FaultKind, FaultRule } from './faults';
import { createRandom, mixSeed, type Random } from './random';
import { chooseSettings, type Settings } from './settings';

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
        | 'approve'
        | 'settle';
    }
);

export interface Script {
  readonly seed: number;
  readonly entries: readonly Entry[];
  /** What people do on the quiet day after it. */
  readonly acts: Weights;
  readonly settings: Settings;
}

/** What may happen in a history. A seed means the same history only with the same repertoire. */
export interface Repertoire {
  readonly acts: Weights;
  readonly kinds: Readonly<Partial<Record<Entry['kind'], number>>>;
  settings(random: Random): Settings;
}

/** At least so many things happen in a history, more than half of them acts of people. */
export const LENGTH = 32;

const EARLIER_KINDS = {
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

/** What the seeds were found with that histories.test.ts holds. */
export const EARLIER: Repertoire = { acts: EARLIER_ACTS, kinds: EARLIER_KINDS, settings: () => ({}) };
/** All there is. */
export const ALL: Repertoire = {
  acts: ALL_ACTS,
  kinds: { ...EARLIER_KINDS, approve: 2 },
  settings: chooseSettings,
};

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
export function writeScript(seed: number, length = LENGTH, repertoire = ALL): Script {
  const random = createRandom(mixSeed(seed, 'script'));
  return {
    seed,
    entries: Array.from({ length }, () => writeEntry(random, repertoire)),
    acts: repertoire.acts,
    settings: repertoire.settings(createRandom(mixSeed(seed, 'settings'))),
  };
}

function writeEntry(random: Random, { acts, kinds }: Repertoire): Entry {
  const turns = random.chance(0.35) ? 0 : random.below(random.chance(0.2) ? 120 : 25);
  const at = { turns, seed: random.below(2 ** 31) };
  const kind = random.weighted(kinds);
  switch (kind) {
    case 'act':
      return { ...at, kind, side: random.pick(['dropbox', 'assembly']), act: random.weighted(acts) };
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
  if (where === 'place') return { point: random.pick(STEP_POINTS), kind: 'crash', skip };
  if (where === 'call') {
    const kind: FaultKind = random.pick(['reset', 'timeout', 'server', 'throttle', 'crash', 'crash']);
    return { point: random.pick(['beforeCall', 'afterCall']), detail: random.pick(CALLS), kind, skip };
  }
  const point: FaultPoint = random.pick(['beforeTransaction', 'beforeCommit', 'afterCommit']);
  return { point, detail: random.pick(STEPS), kind: random.pick(['lost', 'crash']), skip };
}
