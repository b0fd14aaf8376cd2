import { type FaultPoint, STEP_POINTS } from '../../src/activities/deps';
import { type Act, ALL_ACTS, DAILY_ACTS, PLAIN_ACTS, type Side, type Weights } from './acts';
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

const DAILY_KINDS = {
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

/** What people do on both sides at any moment, and all that can go wrong meanwhile. */
export const PLAIN: Repertoire = { acts: PLAIN_ACTS, kinds: DAILY_KINDS, settings: () => ({}) };
/** The same with names that the sides do not tell apart, or refuse. */
export const DAILY: Repertoire = { acts: DAILY_ACTS, kinds: DAILY_KINDS, settings: () => ({}) };
/** All there is: rarer acts too, such as links and unfinished uploads, and services that answer in other ways. */
export const ALL: Repertoire = {
  acts: ALL_ACTS,
  kinds: { ...DAILY_KINDS, approve: 2 },
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
/** Where every operation comes by. */
const PLACES: readonly FaultPoint[] = STEP_POINTS.filter((point) => point !== 'afterPart');
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

/** Answers that say that a session is not there, as once it has expired or was finished. */
const sessionGone = (route: string, ...tags: readonly string[]) => ({
  route: `files/upload_session/${route}`,
  action: 'status',
  status: 409,
  body: {
    error_summary: `${tags.join('/')}/..`,
    error: tags.reduceRight<object | undefined>(
      (below, tag) => ({ '.tag': tag, ...(below ? { [tag]: below } : {}) }),
      undefined,
    ),
  },
  times: 1,
});
/** What can go wrong where a file goes in parts. */
const PART_TROUBLES: readonly { side: Side; rule: Record<string, unknown> }[] = [
  ...[
    { route: 'files/upload_session/append_v2', action: 'cut', afterBytes: 3, times: 1 },
    { route: 'files/upload_session/append_v2', action: 'cut', afterBytes: 3, skip: 1, times: 1 },
    { route: 'files/upload_session/*', action: 'reset', when: 'after', times: 1 },
    { route: 'files/upload_session/append_v2', action: 'reset', when: 'after', times: 1 },
    { route: 'files/upload_session/append_v2', action: 'reset', when: 'after', skip: 1, times: 2 },
    { route: 'files/upload_session/finish', action: 'reset', when: 'after', times: 1 },
    { route: 'files/upload_session/finish', action: 'status', status: 503, when: 'after', times: 1 },
    { route: 'files/upload_session/*', action: 'expire_token', skip: 1, times: 1 },
    sessionGone('append_v2', 'not_found'),
    sessionGone('append_v2', 'closed'),
    sessionGone('finish', 'lookup_failed', 'not_found'),
  ].map((rule) => ({ side: 'dropbox' as const, rule })),
];

/** The whole history of a seed, before any of it happens. */
export function writeScript(seed: number, length = LENGTH, repertoire = ALL): Script {
  const random = createRandom(mixSeed(seed, 'script'));
  const settings = repertoire.settings(createRandom(mixSeed(seed, 'settings')));
  const chances = settings.uploadSizes ? withParts(repertoire) : { ...repertoire, ...WITHOUT_PARTS };
  return {
    seed,
    entries: Array.from({ length }, () => writeEntry(random, chances)),
    acts: repertoire.acts,
    settings,
  };
}

interface Chances extends Pick<Repertoire, 'acts' | 'kinds'> {
  readonly troubles: typeof TROUBLES;
  readonly places: typeof PLACES;
}

const WITHOUT_PARTS = { troubles: TROUBLES, places: PLACES };

/** More goes wrong within an upload where there is more than one call of it. */
const withParts = ({ acts, kinds }: Repertoire): Chances => ({
  acts,
  kinds: { ...kinds, trouble: 12 },
  troubles: [...TROUBLES, ...PART_TROUBLES, ...PART_TROUBLES],
  places: [...PLACES, 'afterPart', 'afterPart', 'afterPart'],
});

function writeEntry(random: Random, { acts, kinds, troubles, places }: Chances): Entry {
  const turns = random.chance(0.35) ? 0 : random.below(random.chance(0.2) ? 120 : 25);
  const at = { turns, seed: random.below(2 ** 31) };
  const kind = random.weighted(kinds);
  switch (kind) {
    case 'act':
      return { ...at, kind, side: random.pick(['dropbox', 'assembly']), act: random.weighted(acts) };
    case 'fault':
      return { ...at, kind, rule: writeFault(random, places) };
    case 'trouble':
      return { ...at, kind, ...random.pick(troubles) };
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

function writeFault(random: Random, places: typeof PLACES): FaultRule {
  const skip = random.below(3);
  const where = random.weighted({ call: 6, transaction: 3, place: 3 });
  if (where === 'place') return { point: random.pick(places), kind: 'crash', skip };
  if (where === 'call') {
    const kind: FaultKind = random.pick(['reset', 'timeout', 'server', 'throttle', 'crash', 'crash']);
    return { point: random.pick(['beforeCall', 'afterCall']), detail: random.pick(CALLS), kind, skip };
  }
  const point: FaultPoint = random.pick(['beforeTransaction', 'beforeCommit', 'afterCommit']);
  return { point, detail: random.pick(STEPS), kind: random.pick(['lost', 'crash']), skip };
}
