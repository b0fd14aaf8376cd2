import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { type ActivityRun, apply } from '../../../../src/activities/apply';
import { endPass, nextWork, planSync } from '../../../../src/activities/channel';
import type { ActivityDeps, FaultPoint } from '../../../../src/activities/deps';
import { openOperation } from '../../../../src/activities/item/open';
import { markFailed, settle } from '../../../../src/activities/item/settle';
import { observeAssembly } from '../../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../../src/activities/observe/dropbox';
import type { ErrorCode } from '../../../../src/domain/errors';
import { parseKeyring } from '../../../../src/domain/keyring';
import { RemoteError } from '../../../../src/domain/remoteError';
import type { Side } from '../../../../src/domain/types';
import { readOperation } from '../../../../src/store/operations';
import type { ItemActivities } from '../../../../src/workflows/activities';
import { carryOut, OperationFailed } from '../../../../src/workflows/carryOut';
import type { Failure } from '../../../../src/workflows/failure';
import type { SyncItemInput } from '../../../../src/workflows/messages';
import type { TestDatabase } from '../../../support/database';
import { CHANNEL, createFakeAssembly } from './fakeAssembly';
import { createFakeDropbox, ROOT, ROOT_ID } from './fakeDropbox';

/** More rounds than any case here needs; reaching it means that nothing comes to rest. */
const MAX_ROUNDS = 60;
export const SETTINGS = {
  maxAttempts: 10,
  backoffSeconds: 300,
  monthlyBudget: 1_000,
  massDelete: { min: 25, ratio: 0.5 },
};

const failureOf = (error: unknown): Failure => ({
  code: error instanceof RemoteError ? error.code : 'internal',
  message: error instanceof Error ? error.message : String(error),
});

const newRun = (): ActivityRun => ({
  signal: new AbortController().signal,
  resume: undefined,
  heartbeat() {},
});

/** One sync of a portal of its own between two fakes, carried out in this process without a Temporal server. */
export async function createBench(database: TestDatabase) {
  const { store } = database;
  const dropbox = createFakeDropbox();
  const assembly = createFakeAssembly();
  const portalId = `ws_${randomUUID()}`;
  const { id: syncId } = await store.prisma.channelSync.create({
    data: {
      portalId,
      dbxAccountId: `dbid:${portalId}`,
      assemblyChannelId: CHANNEL,
      dbxRootPath: ROOT,
      dbxRootKey: ROOT.toLowerCase(),
      dbxRootId: ROOT_ID,
      lookWanted: true,
    },
  });
  const ref = { portalId, syncId };
  const reached = new Map<FaultPoint, () => Promise<void> | void>();
  const deps: ActivityDeps = {
    store,
    remotes: { dropbox: async () => dropbox.client, assembly: () => assembly.client, forget() {} },
    keyring: parseKeyring(`test:${Buffer.alloc(32, 7).toString('base64')}`),
    hinter: { hint: async () => {} },
    logger: pino({ level: 'silent' }),
    now: () => new Date('2026-11-23T12:00:00Z'),
    settings: SETTINGS,
    async reach(point) {
      const act = reached.get(point);
      reached.delete(point);
      await act?.();
    },
  };
  const known = (code: string) => code as ErrorCode;
  const steps: ItemActivities = {
    openOperation: (input) => openOperation(deps, input),
    applyOperation: (input, serial) => apply(deps, input, serial, newRun()),
    settleOperation: (input, serial, outcome) => settle(deps, input, serial, outcome),
    markFailed: (input, serial, failure) =>
      markFailed(deps, input, serial, { ...failure, code: known(failure.code) }),
  };
  const look = { signal: new AbortController().signal, heartbeat() {} };
  const bench = {
    store,
    ref,
    dropbox,
    assembly,
    deps,
    steps,
    /** At the next time that point is reached. */
    at: (point: FaultPoint, act: () => Promise<void> | void) => void reached.set(point, act),
    input: (itemId: string): SyncItemInput => ({ ...ref, itemId, origin: 'webhook' }),
    async observe(...sides: Side[]) {
      if (sides.length === 0 || sides.includes('dropbox')) await observeDropbox(deps, ref, false, look);
      if (sides.length === 0 || sides.includes('assembly')) await observeAssembly(deps, ref, [], look);
    },
    plan: () => planSync(deps, ref, 'webhook', true),
    /** Observes both sides and plans; hands nothing out. */
    async lookAndPlan() {
      await bench.observe();
      return await bench.plan();
    },
    /** Carries out what is ready, observing in between, until nothing is owed. The errors of what failed. */
    async settleAll(): Promise<Failure[]> {
      const failures: Failure[] = [];
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if (!(await bench.lookAndPlan())) return failures;
        const next = await nextWork(deps, ref, 50, []);
        if (next.items.length === 0 && next.blockedMove === null) {
          if (next.dirty) continue;
          await endPass(deps, ref);
          return failures;
        }
        if (next.items.length === 0) await carry({ ...bench.input(next.blockedMove!), park: true }, failures);
        for (const { itemId } of next.items) await carry(bench.input(itemId), failures);
      }
      throw new Error(`nothing came to rest: ${JSON.stringify(await bench.owed())}`);
    },
    owed: () =>
      store.prisma.fileFolderSync.findMany({
        where: { channelSyncId: syncId, pendingAction: { not: null } },
        orderBy: [{ itemPath: 'asc' }],
      }),
    /** `action target path` of every tombstone, in the order of paths. */
    plans: async () =>
      (await bench.owed()).map((i) => `${i.pendingAction} ${i.pendingActionTarget} ${i.itemPath}`),
    items: () =>
      store.prisma.fileFolderSync.findMany({
        where: { channelSyncId: syncId, deletedAt: null },
        orderBy: { itemPath: 'asc' },
      }),
    item: (itemPath: string) =>
      store.prisma.fileFolderSync.findFirstOrThrow({
        where: { channelSyncId: syncId, deletedAt: null, itemPath },
      }),
    sync: () => store.prisma.channelSync.findUniqueOrThrow({ where: { id: syncId } }),
    /** Lets failed operations be due at once. */
    due: () =>
      store.prisma.fileFolderSync.updateMany({
        where: { channelSyncId: syncId },
        data: { pendingActionLastAttemptAt: null },
      }),
    open: async (itemPath: string) => {
      const item = await bench.item(itemPath);
      const opened = await steps.openOperation(bench.input(item.id));
      if (opened.kind !== 'operation') throw new Error(`${itemPath} opens with ${opened.kind}`);
      return { input: bench.input(item.id), ...opened };
    },
    /** Opens the write: where Assembly's bytes have to be read for their hash first, that is done. */
    openWrite: async (itemPath: string) => {
      const first = await bench.open(itemPath);
      const read = await readOperation(store.prisma, first.input, first.serial);
      if (!read?.operation.compare) return first;
      await settle(deps, first.input, first.serial, await apply(deps, first.input, first.serial, newRun()));
      return await bench.open(itemPath);
    },
    /** One try of the opened operation; further ones are of the same activity. */
    apply: (input: SyncItemInput, serial: string) => apply(deps, input, serial, newRun()),
  };
  async function carry(input: SyncItemInput, failures: Failure[]) {
    try {
      await carryOut(steps, input, failureOf);
    } catch (error) {
      if (!(error instanceof OperationFailed)) throw error;
      failures.push(error.failure);
    }
  }
  return bench;
}

export type Bench = Awaited<ReturnType<typeof createBench>>;
