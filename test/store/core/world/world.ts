import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { apply } from '../../../../src/activities/apply';
import { planSync } from '../../../../src/activities/channel';
import type { ActivityDeps, FaultPoint } from '../../../../src/activities/deps';
import type { Outcome } from '../../../../src/activities/item/settle';
import { observeAssembly } from '../../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../../src/activities/observe/dropbox';
import type { AssemblyClient } from '../../../../src/assembly/types';
import { parseKeyring } from '../../../../src/domain/keyring';
import type { Origin, Side, SyncRef } from '../../../../src/domain/types';
import type { DropboxClient } from '../../../../src/dropbox/types';
import { inTransaction, type Store } from '../../../../src/store/client';
import { lookDone } from '../../../../src/store/observing';
import { readOperation } from '../../../../src/store/operations';
import type { ItemActivities } from '../../../../src/workflows/activities';
import type { ChannelHint, SyncItemInput } from '../../../../src/workflows/messages';
import { type Calls, createCalls } from './calls';
import { createFakeAssembly, type FakeAssembly } from './fakeAssembly';
import { createFakeDropbox, type FakeDropbox, type FakeDropboxOptions, ROOT } from './fakeDropbox';
import { createPeople, type Person } from './people';
import { itemSteps, newRun } from './steps';

const NOW = new Date('2026-11-23T12:00:00Z');
const CHANNEL = 'channel-1';
const LOOK = { signal: new AbortController().signal, heartbeat() {} };

/** One sync of a portal of its own over real Postgres and two sides in memory. */
export interface World {
  readonly ref: SyncRef;
  readonly store: Store;
  readonly deps: ActivityDeps;
  readonly dropbox: FakeDropbox;
  readonly assembly: FakeAssembly;
  readonly people: Record<Side, Person>;
  readonly calls: Calls;
  /** Hints that activities gave and that nobody has followed yet. */
  readonly hints: ChannelHint[];
  /** Runs `act` at the next time that the fault point is reached; what it throws, the step throws. */
  at(point: FaultPoint, act: () => unknown): void;

  /** Reads what changed: Dropbox's feed and the whole channel. `full` lists Dropbox too. */
  observe(full?: boolean): Promise<void>;
  observeDropbox(full?: boolean): Promise<void>;
  /** Reads the named objects, or lists the channel. */
  observeAssembly(ids?: readonly string[]): Promise<void>;
  /** `false` when the sync was halted or may not be planned now. */
  plan(origin?: Origin): Promise<boolean>;
  /** Observes both sides and plans; hands nothing out. */
  lookAndPlan(): Promise<boolean>;

  readonly steps: ItemActivities;
  input(itemId: string): SyncItemInput;
  /** Opens the operation that is owed for the item at a path. */
  open(path: string): Promise<Opened>;
  /** Opens the write: where Assembly's bytes have to be read for their hash first, that is done. */
  openWrite(path: string): Promise<Opened>;
  /** One try of the opened operation; further ones are of the same activity. */
  apply(input: SyncItemInput, serial: string): Promise<Outcome>;
  /** Lets failed operations be due at once. */
  due(): Promise<unknown>;

  sync(): ReturnType<Store['prisma']['channelSync']['findUniqueOrThrow']>;
  items(): Promise<ItemRow[]>;
  /** The row of the live item at a path; rejects when there is not exactly one. */
  item(path: string): Promise<ItemRow>;
  /** `action target path` of every tombstone, in the order of paths. */
  plans(): Promise<string[]>;
  /** Both trees, as `object path content`, sorted, pending objects marked. */
  trees(): Record<Side, string[]>;
}

export type ItemRow = Awaited<ReturnType<Store['prisma']['fileFolderSync']['findFirstOrThrow']>>;

interface Opened {
  readonly input: SyncItemInput;
  readonly serial: string;
}

export interface WorldOptions extends FakeDropboxOptions {
  readonly massDelete?: { min: number; ratio: number };
  /** Sides to use in place of the fakes, with the id that the root has there. */
  readonly sides?: { dropbox: DropboxClient; assembly: AssemblyClient; rootId: string };
}

export async function createWorld(store: Store, options: WorldOptions = {}): Promise<World> {
  const { prisma } = store;
  const calls = createCalls();
  const dropbox = createFakeDropbox(options);
  const assembly = createFakeAssembly(CHANNEL);
  const ref = await insertSync(store, options.sides?.rootId ?? dropbox.folder(ROOT));
  const hints: ChannelHint[] = [];
  const reached = new Map<FaultPoint, () => unknown>();
  const watched = {
    dropbox: calls.watch('dropbox', options.sides?.dropbox ?? dropbox),
    assembly: calls.watch('assembly', options.sides?.assembly ?? assembly),
  };
  const deps: ActivityDeps = {
    store,
    remotes: { dropbox: async () => watched.dropbox, assembly: () => watched.assembly, forget() {} },
    keyring: parseKeyring(`test:${Buffer.alloc(32, 7).toString('base64')}`),
    hinter: { hint: async (_ref, hint) => void hints.push(hint) },
    logger: pino({ level: 'silent' }),
    now: () => NOW,
    settings: {
      maxAttempts: 10,
      backoffSeconds: 300,
      monthlyBudget: 1_000,
      massDelete: options.massDelete ?? { min: 25, ratio: 0.5 },
    },
    async reach(point) {
      const act = reached.get(point);
      reached.delete(point);
      await act?.();
    },
  };
  const live = { portalId: ref.portalId, channelSyncId: ref.syncId, deletedAt: null };
  const world: World = {
    ref,
    store,
    deps,
    dropbox,
    assembly,
    people: createPeople(dropbox, assembly),
    calls,
    hints,
    at: (point, act) => void reached.set(point, act),

    async observe(full = false) {
      await world.observeDropbox(full);
      await world.observeAssembly();
      if (full) await inTransaction(store, (tx) => lookDone(tx, ref));
    },
    observeDropbox: async (full = false) => void (await observeDropbox(deps, ref, full, LOOK)),
    observeAssembly: async (ids = []) => void (await observeAssembly(deps, ref, ids, LOOK)),
    plan: (origin = 'webhook') => planSync(deps, ref, origin, false),
    async lookAndPlan() {
      await world.observe();
      return await world.plan();
    },

    steps: itemSteps(deps),
    input: (itemId) => ({ ...ref, itemId, origin: 'webhook' }),
    async open(path) {
      const input = world.input((await world.item(path)).id);
      const opened = await world.steps.openOperation(input);
      if (opened.kind !== 'operation') throw new Error(`${path} opens with ${opened.kind}`);
      return { input, serial: opened.serial };
    },
    async openWrite(path) {
      const first = await world.open(path);
      const read = await readOperation(prisma, first.input, first.serial);
      if (!read?.operation.compare) return first;
      const outcome = await world.apply(first.input, first.serial);
      await world.steps.settleOperation(first.input, first.serial, outcome);
      return await world.open(path);
    },
    apply: (input, serial) => apply(deps, input, serial, newRun()),
    due: () => prisma.fileFolderSync.updateMany({ where: live, data: { pendingActionLastAttemptAt: null } }),

    sync: () => prisma.channelSync.findUniqueOrThrow({ where: { id: ref.syncId } }),
    items: () =>
      prisma.fileFolderSync.findMany({ where: live, orderBy: [{ itemPath: 'asc' }, { id: 'asc' }] }),
    async item(path) {
      const found = (await world.items()).filter((row) => row.itemPath === path);
      if (found.length !== 1) throw new Error(`${found.length} items at ${path}`);
      return found[0]!;
    },
    plans: async () =>
      (await world.items())
        .filter((row) => row.pendingAction !== null)
        .map((row) => `${row.pendingAction} ${row.pendingActionTarget} ${row.itemPath}`),
    trees: () => ({
      dropbox: dropbox
        .list()
        .filter((one) => one.path.startsWith(`${ROOT}/`))
        .map((one) => `${one.object} ${one.path.slice(ROOT.length)} ${one.content}`.trim())
        .sort(),
      assembly: assembly
        .list()
        .map((one) =>
          `${one.status === 'pending' ? 'pending ' : ''}${one.object} ${one.path} ${one.content}`.trim(),
        )
        .sort(),
    }),
  };
  return world;
}

async function insertSync(store: Store, rootId: string): Promise<SyncRef> {
  const portalId = `portal-${randomUUID()}`;
  const { id } = await store.prisma.channelSync.create({
    data: {
      portalId,
      dbxAccountId: 'dbid:test',
      assemblyChannelId: CHANNEL,
      dbxRootPath: ROOT,
      dbxRootKey: ROOT.toLowerCase(),
      dbxRootId: rootId,
    },
    select: { id: true },
  });
  return { portalId, syncId: id };
}
