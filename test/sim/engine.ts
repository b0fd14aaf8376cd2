import { ApplicationFailure } from '@temporalio/common';
import type { Hinter } from '../../src/activities/deps';
import type { ItemRef, SyncRef } from '../../src/domain/types';
import type { CairnActivities, ItemActivities } from '../../src/workflows/activities';
import { OperationFailed, runItem } from '../../src/workflows/carryOut';
import { type ChannelEngine, type ItemEnd, runChannel } from '../../src/workflows/channelPass';
import type { Failure } from '../../src/workflows/failure';
import { failureOf } from '../../src/workflows/failure';
import { type Agenda, addHint, emptyAgenda } from '../../src/workflows/hints';
import type { ResyncReport, SyncItemInput } from '../../src/workflows/messages';
import { runResync } from '../../src/workflows/resyncSync';
import { sweepPortals, wakePortal } from '../../src/workflows/sweepPages';
import type { Clock } from './clock';
import type { Random } from './random';
import type { Scheduler } from './scheduler';

/** The retry policies of `proxies.ts`, in milliseconds. */
const POLICIES = {
  local: { first: 200, longest: 5_000, giveUp: 30 * 24 * 3_600_000 },
  regular: { first: 500, longest: 5_000, giveUp: 30 * 24 * 3_600_000 },
  remote: { first: 1_000, longest: 60_000, giveUp: Number.POSITIVE_INFINITY },
} as const;
type Kind = keyof typeof POLICIES;

/** An activity whose worker died is noticed by its missing heartbeat, a workflow task by its timeout. */
const HEARTBEAT_TIMEOUT_MS = 20_000;
const WORKFLOW_TASK_TIMEOUT_MS = 10_000;
/** As long as `syncChannel.ts` has it. */
const CIRCLING_MS = 30_000;
const GATHER_MS = 250;

/** How often, at a place where it would be heeded, a long history is suggested to begin anew. */
const CONTINUE_AS_NEW = 0.01;

/** The worker died before Temporal had what local activities answered: the workflow runs from its last record. */
class Rewind extends Error {}
class ContinueAsNew extends Error {
  constructor(readonly agenda: Agenda) {
    super('continue as new');
  }
}

export interface Engine extends Hinter {
  startResync(ref: SyncRef): 'started' | 'running';
  report(ref: SyncRef): ResyncReport | undefined;
  startSweep(): void;
  /** Starts the item's workflow beside whatever the channel's does, as an operator may. */
  startItem(input: SyncItemInput): Promise<ItemEnd>;
  /** Workflows that run, by id. */
  running(): readonly string[];
  /** Wakes whoever waits for a condition that holds now. To be called after every turn. */
  wake(): Promise<void>;
  /** Workflows that ended in an error which is no item's: none ever should. */
  readonly broken: { readonly workflow: string; readonly error: unknown }[];
}

export interface EngineParts {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly random: Random;
  readonly activities: CairnActivities;
  readonly note: (line: string) => void;
  /** Probability of a suggestion to continue as new; 0 for a test that counts calls. */
  readonly continueAsNew?: number;
  /** Whether passes end with a review. */
  readonly reviews: boolean;
}

/** What Temporal does for the workflows, in one process, one step at a time, over the same orchestration code. */
export function createEngine(parts: EngineParts): Engine {
  const { scheduler, clock, random, activities, note } = parts;
  const channels = new Map<string, { agenda: Agenda; heard: number }>();
  const items = new Map<string, { ask(): void }>();
  const resyncs = new Map<string, { told: Omit<ResyncReport, 'rearmed'> | undefined }>();
  const reports = new Map<string, ResyncReport>();
  const sweeps = new Set<string>();
  const broken: Engine['broken'] = [];
  let waiting: { holds: () => boolean; resolve: () => void }[] = [];

  /** One activity with its retries. `rewinds`: its workflow starts over from its records when the worker dies. */
  async function activity<T>(kind: Kind, name: string, call: () => Promise<T>, rewinds = false): Promise<T> {
    const { first, longest, giveUp } = POLICIES[kind];
    const scheduledMs = clock.now();
    let heartbeatDetails: unknown;
    let failures = 0;
    for (let attempt = 1; ; attempt++) {
      const controller = new AbortController();
      const ending = await scheduler.spawn({ name, process: 'worker' }, () => {
        scheduler.current()!.context = {
          signal: controller.signal,
          scheduledMs,
          nowMs: clock.now,
          heartbeatDetails,
          heartbeat(details) {
            heartbeatDetails = details;
          },
          everyMs: () => () => {},
        };
        return call();
      });
      if (ending.kind === 'done') return ending.value;
      if (ending.kind === 'gone') {
        controller.abort();
        // One that had not begun may not have been recorded either.
        const unrecorded = kind === 'local' || (!ending.started && attempt === 1 && random.chance(0.5));
        if (rewinds && unrecorded) throw new Rewind();
        await clock.sleep(kind === 'local' ? WORKFLOW_TASK_TIMEOUT_MS : HEARTBEAT_TIMEOUT_MS);
        if (kind === 'local') attempt = 0;
        continue;
      }
      const { error } = ending;
      const failure = error instanceof ApplicationFailure ? error : null;
      note(
        `failed ${name}: ${failure?.type ?? ''} ${error instanceof Error ? error.message : String(error)}`,
      );
      if (failure?.nonRetryable) throw error;
      const pause = Number(failure?.nextRetryDelay ?? Math.min(longest, first * 2 ** failures));
      failures += 1;
      if (clock.now() + pause - scheduledMs > giveUp) throw error;
      await clock.sleep(pause);
    }
  }

  const condition = (holds: () => boolean, timeoutMs?: number): Promise<void> =>
    new Promise((resolve) => {
      if (holds()) return resolve();
      const waiter = { holds, resolve: () => {} };
      const cancel =
        timeoutMs === undefined ? () => {} : clock.after(rounded(timeoutMs), () => waiter.resolve());
      waiter.resolve = () => {
        cancel();
        waiting = waiting.filter((one) => one !== waiter);
        resolve();
      };
      waiting.push(waiter);
    });

  const itemId = (ref: ItemRef) => `item/${ref.portalId}/${ref.itemId}`;
  const channelId = (ref: SyncRef) => `channel/${ref.portalId}/${ref.syncId}`;
  const resyncId = (ref: SyncRef) => `resync/${ref.portalId}/${ref.syncId}`;

  async function itemWorkflow(input: SyncItemInput): Promise<ItemEnd> {
    const id = itemId(input);
    if (items.has(id)) return 'running';
    let asked = false;
    items.set(id, {
      ask: () => {
        asked = true;
      },
    });
    const again = () => {
      const before = asked;
      asked = false;
      return before;
    };
    const records: { value?: unknown; error?: unknown }[] = [];
    let sure = 0;
    try {
      for (;;) {
        let at = 0;
        const step = async <T>(kind: Kind, name: string, call: () => Promise<T>): Promise<T> => {
          const index = at++;
          if (index >= records.length) {
            try {
              records.push({ value: await activity(kind, name, call, true) });
            } catch (error) {
              if (error instanceof Rewind) throw error;
              records.push({ error });
            }
            if (kind !== 'local') sure = records.length;
          }
          const record = records[index]!;
          if ('error' in record) throw record.error;
          return record.value as T;
        };
        const steps: ItemActivities = {
          openOperation: (...args) => step('local', 'openOperation', () => activities.openOperation(...args)),
          applyOperation: (...args) =>
            step('remote', 'applyOperation', () => activities.applyOperation(...args)),
          settleOperation: (...args) =>
            step('local', 'settleOperation', () => activities.settleOperation(...args)),
          markFailed: (...args) => step('regular', 'markFailed', () => activities.markFailed(...args)),
        };
        try {
          const result = await runItem(steps, input, failureUnlessRewound, again);
          await step('local', 'end of item', async () => {});
          return result;
        } catch (error) {
          if (error instanceof OperationFailed) return 'failed';
          if (!(error instanceof Rewind)) throw error;
          note(`rewind ${input.itemId}`);
          records.length = sure;
          asked = true;
          await clock.sleep(WORKFLOW_TASK_TIMEOUT_MS);
        }
      }
    } catch (error) {
      broken.push({ workflow: id, error });
      return 'failed';
    } finally {
      items.delete(id);
    }
  }

  const channelEngine = (ref: SyncRef, channel: { heard: number }): ChannelEngine => {
    let long = false;
    return {
      steps: {
        startPass: (...args) => activity('local', 'startPass', () => activities.startPass(...args)),
        nextWork: (...args) => activity('local', 'nextWork', () => activities.nextWork(...args)),
        endPass: (of, review) =>
          activity('local', 'endPass', () => activities.endPass(of, parts.reviews ? review : 'none')),
        observeDropbox: (...args) =>
          activity('remote', 'observeDropbox', () => activities.observeDropbox(...args)),
        observeAssembly: (...args) =>
          activity('remote', 'observeAssembly', () => activities.observeAssembly(...args)),
        planSync: (...args) => activity('regular', 'planSync', () => activities.planSync(...args)),
        observationFailed: (...args) =>
          activity('regular', 'observationFailed', () => activities.observationFailed(...args)),
      },
      condition,
      sleep: clock.sleep,
      runItem: (item, origin, park) =>
        itemWorkflow({ ...ref, itemId: item.itemId, origin, ...(park ? { park } : {}) }),
      async askItemToLookAgain(id) {
        items.get(itemId({ ...ref, itemId: id }))?.ask();
      },
      async tellResync(workflowId, report) {
        const resync = resyncs.get(workflowId);
        if (resync) resync.told = report;
      },
      letGather: () => clock.sleep(GATHER_MS),
      holdBack: () => clock.sleep(CIRCLING_MS),
      shouldContinueAsNew() {
        long ||= random.chance(parts.continueAsNew ?? CONTINUE_AS_NEW);
        return long;
      },
      async continueAsNew(agenda) {
        throw new ContinueAsNew(structuredClone(agenda));
      },
      failureOf,
      heard: () => channel.heard,
      heedsLateHints: () => true,
      details: () => {},
    };
  };

  async function channelWorkflow(ref: SyncRef): Promise<void> {
    const id = channelId(ref);
    const channel = channels.get(id)!;
    try {
      for (;;) {
        try {
          return await runChannel(channelEngine(ref, channel), ref, channel.agenda);
        } catch (error) {
          if (!(error instanceof ContinueAsNew)) throw error;
          note('continue as new');
          channel.agenda = error.agenda;
        }
      }
    } catch (error) {
      broken.push({ workflow: id, error });
    } finally {
      channels.delete(id);
    }
  }

  async function resyncWorkflow(ref: SyncRef): Promise<void> {
    const id = resyncId(ref);
    try {
      const report = await runResync(
        {
          steps: {
            armResync: (...args) => activity('regular', 'armResync', () => activities.armResync(...args)),
            hintChannel: (...args) =>
              activity('regular', 'hintChannel', () => activities.hintChannel(...args)),
          },
          workflowId: id,
          report: () => resyncs.get(id)?.told,
          condition,
        },
        ref,
      );
      reports.set(id, report);
    } catch (error) {
      broken.push({ workflow: id, error });
    } finally {
      resyncs.delete(id);
    }
  }

  const sweepSteps = {
    listPortals: (after: string) => activity('regular', 'listPortals', () => activities.listPortals(after)),
    wakeSyncs: (portalId: string, after: string | null) =>
      activity('regular', 'wakeSyncs', () => activities.wakeSyncs(portalId, after)),
  };

  async function sweepWorkflow(id: string, run: () => Promise<unknown>): Promise<void> {
    if (sweeps.has(id)) return;
    sweeps.add(id);
    try {
      await run();
    } catch (error) {
      broken.push({ workflow: id, error });
    } finally {
      sweeps.delete(id);
    }
  }

  const never = () => false;
  return {
    broken,
    async hint(ref, hint) {
      const id = channelId(ref);
      const channel = channels.get(id);
      if (channel) {
        channel.heard += 1;
        return addHint(channel.agenda, hint);
      }
      const agenda = emptyAgenda();
      addHint(agenda, hint);
      channels.set(id, { agenda, heard: 1 });
      void channelWorkflow({ portalId: ref.portalId, syncId: ref.syncId });
    },
    startResync(ref) {
      const id = resyncId(ref);
      if (resyncs.has(id)) return 'running';
      resyncs.set(id, { told: undefined });
      void resyncWorkflow(ref);
      return 'started';
    },
    report: (ref) => reports.get(resyncId(ref)),
    startSweep() {
      void sweepWorkflow('sweep', () =>
        sweepPortals(
          {
            steps: sweepSteps,
            shouldContinueAsNew: never,
            async startPortal(portalId) {
              void sweepWorkflow(`sweep/${portalId}`, () =>
                wakePortal({ steps: sweepSteps, shouldContinueAsNew: never }, portalId, null),
              );
            },
          },
          '',
        ),
      );
    },
    startItem: itemWorkflow,
    running: () => [...channels.keys(), ...items.keys(), ...resyncs.keys(), ...sweeps],
    async wake() {
      for (;;) {
        const ready = waiting.filter((one) => one.holds());
        if (ready.length === 0) return;
        for (const one of ready) one.resolve();
        await scheduler.drain();
      }
    },
  };
}

/** What Postgres reckons differs by the moment it was asked; a little later than due is due all the same. */
const rounded = (ms: number): number => Math.round(ms / 100) * 100 + 100;

const failureUnlessRewound = (error: unknown): Failure => {
  if (error instanceof Rewind) throw error;
  return failureOf(error);
};
