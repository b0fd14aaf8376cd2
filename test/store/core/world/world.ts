import { randomUUID } from 'node:crypto';
import pino from 'pino';
import type { ActivityDeps, FaultPoint } from '../../../../src/activities/deps';
import { observeAssembly } from '../../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../../src/activities/observe/dropbox';
import { type ReconcileResult, reconcile } from '../../../../src/activities/reconcile';
import { parseKeyring } from '../../../../src/domain/keyring';
import type { ItemRef, Origin, SyncRef } from '../../../../src/domain/types';
import { inTransaction, type Store } from '../../../../src/store/client';
import { lookDone } from '../../../../src/store/observing';
import type { ChannelHint } from '../../../../src/workflows/messages';
import { type Calls, createCalls } from './calls';
import { Crash } from './crash';
import { createFakeAssembly, type FakeAssembly } from './fakeAssembly';
import { createFakeDropbox, type FakeDropbox } from './fakeDropbox';
import { itemSteps } from './steps';

export const NOW = new Date('2026-11-23T12:00:00Z');
const ROOT = '/Clients';

/** One sync over real Postgres and two sides in memory. */
export interface World {
  readonly ref: SyncRef;
  readonly store: Store;
  readonly deps: ActivityDeps;
  readonly dropbox: FakeDropbox;
  readonly assembly: FakeAssembly;
  readonly calls: Calls;
  /** Throws at the next time the fault point is reached. */
  crashAt(point: FaultPoint): void;
  readonly steps: ReturnType<typeof itemSteps>;
  /** Reads what changed: Dropbox's feed and the whole channel. `full` lists Dropbox too. */
  observe(full?: boolean): Promise<void>;
  plan(origin?: Origin): Promise<ReconcileResult>;
  /** The row of the live item at a path; rejects when there is not exactly one. */
  item(path: string): Promise<ItemRow>;
  items(): Promise<ItemRow[]>;
  refTo(path: string): Promise<ItemRef>;
  /** Both trees, as `kind path content`, sorted, pending objects marked. */
  trees(): { dropbox: string[]; assembly: string[] };
  /** Hints that activities gave and that nobody has followed yet. */
  readonly hints: ChannelHint[];
}

export interface ItemRow {
  id: string;
  path: string;
  path_key: string | null;
  object: string;
  action: string | null;
  target: string | null;
  attempts: number;
  error_code: string | null;
  error_message: string | null;
  rule: number | null;
  based: boolean;
  content_hash: string | null;
  dbx_file_id: string | null;
  dbx_rev: string | null;
  dbx_path: string | null;
  assembly_file_id: string | null;
  assembly_path: string | null;
  assembly_version: string | null;
  upload_id: string | null;
  serial: string;
  open: boolean;
  dirty: boolean;
  pinned: boolean;
  conflict_copy: boolean;
}

export interface WorldOptions {
  readonly massDelete?: { min: number; ratio: number };
}

export async function createWorld(store: Store, options: WorldOptions = {}): Promise<World> {
  const calls = createCalls();
  const dropbox = createFakeDropbox();
  const ref = await insertSync(store, dropbox.folder(ROOT));
  const assembly = createFakeAssembly('channel-1');
  const hints: ChannelHint[] = [];
  const crashes: FaultPoint[] = [];
  const watched = { dropbox: calls.watch('dropbox', dropbox), assembly: calls.watch('assembly', assembly) };
  const deps: ActivityDeps = {
    store,
    remotes: { dropbox: async () => watched.dropbox, assembly: () => watched.assembly, forget: () => {} },
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
    reach: async (point) => {
      const index = crashes.indexOf(point);
      if (index < 0) return;
      crashes.splice(index, 1);
      throw new Crash(`crashed at ${point}`);
    },
  };
  const run = { signal: new AbortController().signal, heartbeat: () => {} };
  const world: World = {
    ref,
    store,
    deps,
    dropbox,
    assembly,
    calls,
    hints,
    crashAt: (point) => void crashes.push(point),
    steps: itemSteps(deps),
    async observe(full = false) {
      await observeDropbox(deps, ref, full, run);
      await observeAssembly(deps, ref, [], run);
      if (full) await inTransaction(store, (tx) => lookDone(tx, ref));
    },
    plan: (origin = 'webhook') => reconcile(store, ref, { ...deps.settings, origin, now: deps.now }),
    items: () => itemRows(store, ref),
    async item(path) {
      const found = (await itemRows(store, ref)).filter((row) => row.path === path);
      if (found.length !== 1) throw new Error(`${found.length} items at ${path}`);
      return found[0]!;
    },
    async refTo(path) {
      return { ...ref, itemId: (await world.item(path)).id };
    },
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
      assemblyChannelId: 'channel-1',
      dbxRootPath: ROOT,
      dbxRootKey: ROOT.toLowerCase(),
      dbxRootId: rootId,
    },
    select: { id: true },
  });
  return { portalId, syncId: id };
}

const itemRows = (store: Store, ref: SyncRef) => store.prisma.$queryRaw<ItemRow[]>`
  SELECT id::text, item_path AS path, path_key, object, pending_action AS action, pending_action_target AS target,
    pending_action_attempts AS attempts, pending_action_error_code AS error_code,
    pending_action_last_error AS error_message, pending_rule AS rule, base_at IS NOT NULL AS based, content_hash,
    dbx_file_id, dbx_rev, dbx_path, assembly_file_id, assembly_path, assembly_version,
    assembly_upload_id AS upload_id, operation_serial::text AS serial, operation IS NOT NULL AS open, dirty, pinned,
    conflict_copy
  FROM file_folder_sync
  WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND deleted_at IS NULL
  ORDER BY item_path, id`;
