import { randomUUID } from 'node:crypto';
import { createActivities } from '../../../../src/activities';
import { nextWork } from '../../../../src/activities/channel';
import type { StepContext } from '../../../../src/activities/temporal';
import type { SyncRef } from '../../../../src/domain/types';
import type { CairnActivities } from '../../../../src/workflows/activities';
import { carryOut, OperationFailed } from '../../../../src/workflows/carryOut';
import { failureOf } from '../../../../src/workflows/failure';
import type { World } from './world';

const WINDOW = 24;
const RETRY_MAX_SECONDS = 900;

/**
 * One portal under the activities as the worker runs them, with their retries, on a clock of its own: waiting moves
 * what is stored in Postgres back instead.
 */
export function createOutage(world: World) {
  const { store, ref, deps } = world;
  let elapsedMs = 0;

  /** Runs one activity with its retries until it ends for good; the pauses pass on the clock where `alone`. */
  async function run<T>(name: keyof CairnActivities, args: readonly unknown[], alone: boolean): Promise<T> {
    let waited = 0;
    for (let attempt = 1; ; attempt++) {
      const context: StepContext = {
        signal: new AbortController().signal,
        scheduledMs: 0,
        nowMs: () => waited,
        heartbeatDetails: undefined,
        heartbeat() {},
        everyMs: () => () => {},
      };
      const activities = createActivities(deps, {
        retryMaxSeconds: RETRY_MAX_SECONDS,
        context: () => context,
      });
      try {
        return (await (activities[name] as (...given: readonly unknown[]) => Promise<T>)(...args)) as T;
      } catch (error) {
        const failure = error as { nonRetryable?: boolean; nextRetryDelay?: number };
        if (failure.nonRetryable !== false) throw error;
        const pause = Number(failure.nextRetryDelay ?? Math.min(1_000 * 2 ** (attempt - 1), 60_000));
        waited += pause;
        if (alone) await wait(pause);
      }
    }
  }

  async function wait(ms: number): Promise<void> {
    elapsedMs += ms;
    await store.prisma.$executeRaw`
      UPDATE side_breakers SET probe_at = probe_at - make_interval(secs => ${ms / 1_000}::float8)
      WHERE portal_id = ${ref.portalId}`;
    await store.prisma.$executeRaw`
      UPDATE file_folder_sync SET
        pending_action_last_attempt_at = pending_action_last_attempt_at - make_interval(secs => ${ms / 1_000}::float8)
      WHERE portal_id = ${ref.portalId} AND pending_action_last_attempt_at IS NOT NULL`;
  }

  async function carry(itemId: string, alone: boolean, of: SyncRef): Promise<string> {
    const steps = new Proxy({} as CairnActivities, {
      get:
        (_target, name) =>
        (...args: unknown[]) =>
          run(name as keyof CairnActivities, args, alone && name === 'applyOperation'),
    });
    try {
      return await carryOut(steps, { ...of, itemId, origin: 'webhook' }, failureOf);
    } catch (error) {
      if (error instanceof OperationFailed) return `failed ${error.state}`;
      throw error;
    }
  }

  return {
    elapsedMs: () => elapsedMs,
    wait,
    run,
    /** One round of a sync's workflow: hands out what is ready, a window at a time, or waits until something is. */
    async round(of: SyncRef = ref, limit = WINDOW): Promise<string[]> {
      const next = await nextWork(deps, of, limit, []);
      if (next.items.length === 0) {
        if (next.dueInMs !== null) await wait(next.dueInMs);
        return [];
      }
      const alone = next.items.length === 1;
      return await Promise.all(next.items.map(({ itemId }) => carry(itemId, alone, of)));
    },
  };
}

/** So many files that Dropbox shows and Assembly lacks, owed since a plan: rows alone, by one statement each. */
export async function oweCreates({ store, ref }: Pick<World, 'store' | 'ref'>, count: number): Promise<void> {
  const seed = randomUUID().slice(0, 8);
  await store.prisma.$executeRaw`
    INSERT INTO file_folder_sync (portal_id, channel_sync_id, object, item_path, path_key, dbx_file_id,
      pending_action, pending_action_target, pending_rule, pending_since, origin)
    SELECT ${ref.portalId}, ${ref.syncId}::uuid, 'file', '/' || ${seed} || n || '.txt', '/' || ${seed} || n || '.txt',
      'id:' || ${seed} || n, 'create', 'assembly', 2, now(), 'initial' FROM generate_series(1, ${count}::int) n`;
  await store.prisma.$executeRaw`
    INSERT INTO dbx_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, rev, size, hash, item_id)
    SELECT channel_sync_id, portal_id, dbx_file_id, 'file', item_path, path_key, '', 'rev-' || dbx_file_id, 1, NULL, id
    FROM file_folder_sync WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
      AND dbx_file_id LIKE ${`id:${seed}%`}`;
  await store.prisma.channelSync.update({
    where: { id: ref.syncId },
    data: {
      state: 'active',
      lookWanted: false,
      dbxObservedAt: new Date(),
      assemblyObservedAt: new Date(),
      lastSyncedAt: new Date(),
    },
  });
}
