import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import pino from 'pino';
import { createActivities } from '../../src/activities';
import { createRemotes, type RemotesDeps } from '../../src/activities/createRemotes';
import type { ActivityDeps, FaultPoint } from '../../src/activities/deps';
import { withFaultPoints } from '../../src/activities/faultPoints';
import type { Remotes } from '../../src/activities/remotes';
import * as actions from '../../src/api/actions';
import { parseKeyring } from '../../src/domain/keyring';
import type { Side, SyncRef } from '../../src/domain/types';
import type { UploadSizes } from '../../src/dropbox';
import type { Store } from '../../src/store/client';
import { saveConnection } from '../../src/store/connections';
import type { TemporalGateway } from '../../src/temporal/gateway';
import { PAGE, testConfig } from '../store/api/harness';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { createDirectStore } from '../support/directStore';
import { type AssemblyPerson, assemblyPerson } from './assemblyPerson';
import { type Clock, createClock, installClock } from './clock';
import { expectOwnIds } from './crossedIds';
import { type DropboxPerson, dropboxPerson } from './dropboxPerson';
import { createEngine, type Engine } from './engine';
import { createFaults, type FaultRule, type Faults, faultError } from './faults';
import { ask, type Shown } from './people';
import { createRandom, mixSeed, type Random } from './random';
import { createScheduler, type ProcessName, type Scheduler, type Task } from './scheduler';
import { realIds, seedIds, virtualPerformance } from './seededIds';
import { API_KEY, APP, makePlace, openSides, ROOT, type Sides, WEBHOOK_SECRET } from './sides';
import { endlessWaits } from './waits';
import { createReceiver, type SideEvent } from './webhooks';

const KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;
const MAX_ATTEMPTS = 10;
/** `CAIRN_RETRY_MAX_SECONDS`. */
export const RETRY_MAX_SECONDS = 900;
/** Turns and virtual hours in which everything must have come to rest. */
const MAX_TURNS = 8_000;
const MAX_HOURS = 72;
const MOST_TURNS_TO_GATE = 2_000;

/** The database, the simulators and the clients of one test file; each history gets a portal of its own on them. */
export interface Grounds {
  readonly database: TestDatabase;
  readonly sides: Sides;
  start(options?: SimOptions): Promise<Sim>;
  close(): Promise<void>;
}

export interface SimOptions {
  /** Decides every order and every id; 1. */
  readonly seed?: number;
  /** How often a workflow is suggested to continue as new; 0.01. */
  readonly continueAsNew?: number;
  /**
   * Whether passes end with a review, as in production. Not if absent: a scenario is to come to rest by its plans alone, and
   * what only a review would put right is a defect.
   */
  readonly reviews?: boolean;
  readonly massDelete?: { min: number; ratio: number };
  /** How uploads to Dropbox are cut; as in production, if absent. */
  readonly uploadSizes?: UploadSizes;
  /** Leaves the first look to the caller; else `start` resolves with the empty sync at rest. */
  readonly unsynced?: boolean;
}

/**
 * One sync over real Postgres, both simulators, the real clients and the real activities, run by the orchestration code
 * without a server. One task runs at a time, from one gate to the next: a remote call, a transaction, a fault point.
 */
export interface Sim {
  readonly ref: SyncRef;
  readonly seed: number;
  readonly dropbox: DropboxPerson;
  readonly assembly: AssemblyPerson;
  readonly events: Events;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  /** Every turn, call, event and failure, in order. The same seed and the same acts give the same log. */
  readonly log: string[];
  /** How many files people have written: for bytes of a length of their own. */
  written: number;
  note(line: string): void;
  /** Every remote call, as `assembly.createFile`. */
  readonly calls: string[];
  /** Calls that changed something on a side. */
  writes(): string[];
  assemblyCalls(): string[];
  /** Whether a person may act on the side now: not between a check and the act it is for, which no API joins. */
  mayAct(side: Side): boolean;
  /** Whether a person may move or delete the synced folder: not between a look at it and the write it is for. */
  mayMoveRoot(): boolean;
  /** One task goes on to its next gate. */
  turn(task?: Task): Promise<void>;
  /** Time moves on to the next timer. */
  tick(): Promise<void>;
  /** Runs until a task stands at a gate of that name. `deliver: false` leaves the events where they are. */
  until(gate: string, options?: { deliver?: boolean }): Promise<void>;
  /** The process dies now, wherever its tasks are. */
  crash(process?: ProcessName): void;
  /** Calls the product as the API would, as a task of its own. */
  act(name: string, run: (deps: actions.ActionDeps) => Promise<unknown>): void;
  pause(): void;
  resume(): void;
  resync(): void;
  sweep(): void;
  /** Runs until nothing runs and nothing waits for its time. `deliver: false` leaves the events where they are. */
  settle(options?: { deliver?: boolean }): Promise<void>;
  /** As after lost hints: a sweep half a day later or a resync finds what nobody told of. */
  lookInFull(): Promise<void>;
  /** Both trees: `file /a.txt hash`, sorted. */
  trees(): Promise<{ dropbox: string[]; assembly: string[] }>;
  shown(): Promise<Record<Side, Shown[]>>;
  /** Live rows that owe, wait or are not settled, in words. */
  owed(): Promise<string[]>;
  /** At rest: what is owed and waits for what nobody will do, in words. Nothing in a sync that does not flow. */
  endlessWaits(): Promise<string[]>;
  /** Every live row, in words. */
  rows(): Promise<string[]>;
  syncState(): Promise<string>;
  /**
   * Equal trees, no tombstone, no dirty row, nothing half-made, no workflow that broke; and a further full pass makes
   * no remote write. `tree` is what both sides hold, as `file /a.txt`; `apart` names paths that one side can't hold.
   */
  expectAtRest(options?: { tree?: readonly string[]; apart?: (path: string) => boolean }): Promise<void>;
  /** Ends the history and forgets its portal. */
  end(): Promise<void>;
}

export interface Events {
  readonly waiting: readonly SideEvent[];
  /** Delivers one, the first by default, as a task of its own. */
  deliver(index?: number): void;
  drop(index?: number): void;
  /** Another copy of each, or of one. */
  double(index?: number): void;
  reverse(): void;
}

export async function openGrounds(): Promise<Grounds> {
  const database = await createTestDatabase();
  await installClock(database.url);
  const sides = await openSides();
  const config = testConfig({
    dropbox: {
      appKey: APP.key,
      appSecret: APP.secret,
      webhookSecrets: [APP.secret],
      apiUrl: sides.dropbox.apiUrl,
      contentUrl: sides.dropbox.contentUrl,
      notifyUrl: sides.dropbox.notifyUrl,
      webUrl: sides.dropbox.webUrl,
    },
    assembly: {
      apiKey: API_KEY,
      apiUrl: sides.assembly.apiUrl,
      webhookSecrets: [WEBHOOK_SECRET],
      // Pace is a matter of real time, which passes for nobody here.
      rps: 1_000_000,
      monthlyBudget: 1_000_000,
    },
  });
  const logger = pino({ level: 'silent' });
  const keyring = parseKeyring(KEYS);
  const store = createDirectStore(database.url);
  const makeRemotes = (sizes: Pick<RemotesDeps, 'uploadSizes'> = {}) =>
    deadEndsForgiven(createRemotes({ config, store, keyring, logger, ...sizes }));
  const shared = makeRemotes();
  let portals = 0;

  return {
    database,
    sides,
    async close() {
      await shared.close();
      await sides.close();
      await store.close();
      await database.drop();
    },
    async start(options = {}) {
      const seed = options.seed ?? 1;
      portals += 1;
      const portalId = `sim-${process.pid}-${portals}`;
      const place = await makePlace(sides, portalId);
      const { uploadSizes } = options;
      const remotes = uploadSizes ? makeRemotes({ uploadSizes }) : shared;
      await saveConnection(store, portalId, {
        accountId: place.accountId,
        email: 'person@example.com',
        refreshToken: keyring.encrypt(place.refreshToken, portalId),
        rootNamespaceId: place.namespace,
        homeNamespaceId: place.namespace,
        connectedAt: new Date(),
      });
      seedIds(mixSeed(seed, 'ids'));
      const ref = { portalId, syncId: randomUUID() };
      await store.prisma.channelSync.create({
        data: {
          id: ref.syncId,
          portalId,
          dbxAccountId: place.accountId,
          assemblyChannelId: place.channelId,
          dbxRootPath: ROOT,
          dbxRootKey: ROOT.toLowerCase(),
          dbxRootId: place.rootId,
        },
      });

      const random: Random = createRandom(mixSeed(seed, 'turns'));
      const clock = createClock();
      virtualPerformance(clock.now);
      const scheduler = createScheduler();
      const faults = createFaults();
      const log: string[] = [];
      const calls: string[] = [];
      const note = (line: string) => void log.push(line);
      const waiting: SideEvent[] = [];

      sides.audience = {
        date: clock.date,
        after: (ms, fire) => void clock.after(ms, fire),
        assemblyEvent(event) {
          if (event.workspaceId !== portalId) return;
          const { data } = JSON.parse(event.body) as { data: { path?: string } };
          waiting.push({
            side: 'assembly',
            body: event.body,
            label: `${event.eventType} ${data.path ?? event.objectId}`,
          });
        },
        dropboxChanged(accountId) {
          // Dropbox tells of an account, not of a change: one that waits covers those that follow.
          if (accountId !== place.accountId || waiting.some((one) => one.side === 'dropbox')) return;
          waiting.push({ side: 'dropbox', accountId, label: 'dropbox changed' });
        },
      };

      async function reach(point: FaultPoint, at: string): Promise<void> {
        const task = scheduler.current();
        if (!task) return;
        // A transaction is named by the activity it is of.
        const detail = at || task.name;
        if (point === 'beforeCall') calls.push(detail);
        if (point === 'afterCall') task.lastCall = detail;
        const fault = faults.take(point, detail);
        // Within a transaction nobody else may run: they would wait for its locks, and it for its turn.
        const joined = point === 'beforeCommit';
        if (fault === null) {
          if (!joined) await scheduler.gate(`${point} ${detail}`);
          return;
        }
        await strike(task, point, detail, fault, joined);
      }

      async function strike(
        task: Task,
        point: FaultPoint,
        detail: string,
        fault: FaultRule,
        joined: boolean,
      ) {
        note(`fault ${fault.kind} at ${point} ${detail} of ${task.name} ${task.id}`);
        if (fault.kind !== 'crash') throw faultError(fault.kind, detail);
        const { process } = task;
        // A transaction whose client dies is rolled back, which the client has to be there to bring about.
        if (joined) {
          pendingCrash = process;
          throw new Error('the process died');
        }
        sim.crash(process);
        return await scheduler.never();
      }
      let pendingCrash: ProcessName | null = null;

      const plain: ActivityDeps = {
        store,
        remotes,
        keyring,
        hinter: { hint: (to, hint) => engine.hint(to, hint) },
        logger,
        now: clock.date,
        settings: {
          maxAttempts: MAX_ATTEMPTS,
          backoffSeconds: 300,
          monthlyBudget: 1_000,
          massDelete: options.massDelete ?? { min: 25, ratio: 0.5 },
        },
        reach,
      };
      const deps = withFaultPoints(plain);
      const activities = createActivities(deps, {
        retryMaxSeconds: RETRY_MAX_SECONDS,
        context: () => scheduler.current()!.context!,
      });
      const engine = createEngine({
        scheduler,
        clock,
        random,
        activities,
        note,
        reviews: options.reviews ?? false,
        ...(options.continueAsNew === undefined ? {} : { continueAsNew: options.continueAsNew }),
      });
      const temporal = {
        hint: (to: SyncRef, hint: Parameters<Engine['hint']>[1]) => deps.hinter.hint(to, hint),
        startResync: async (to: SyncRef) => {
          await reach('beforeCall', 'hinter.startResync');
          const started = engine.startResync(to);
          await reach('afterCall', 'hinter.startResync');
          return started;
        },
      } as unknown as TemporalGateway;
      const receive = createReceiver(
        {
          config,
          store: deps.store,
          temporal,
          remotes,
          keyring,
          logger,
          now: clock.date,
          preview: async () => ({ items: [], truncated: false }),
          page: PAGE,
        },
        portalId,
      );

      function spawnApi(name: string, run: () => Promise<unknown>, onLost?: () => void): void {
        void scheduler.spawn({ name, process: 'api' }, run).then((ending) => {
          if (ending.kind === 'failed') note(`${name} was refused: ${String(ending.error)}`);
          if (ending.kind !== 'done') onLost?.();
        });
      }

      const events: Events = {
        waiting,
        deliver(index = 0) {
          const [event] = waiting.splice(index, 1);
          if (!event) return;
          note(`deliver ${event.label}`);
          // Without a 200 it is sent again.
          spawnApi(
            `webhook ${event.label}`,
            () => receive(event),
            () => waiting.push(event),
          );
        },
        drop(index = 0) {
          const [event] = waiting.splice(index, 1);
          if (event) note(`drop ${event.label}`);
        },
        double(index) {
          if (index === undefined) waiting.push(...waiting);
          else if (waiting[index]) waiting.push(waiting[index]);
        },
        reverse: () => void waiting.reverse(),
      };

      async function afterTurn(): Promise<void> {
        if (pendingCrash !== null) {
          const process = pendingCrash;
          pendingCrash = null;
          sim.crash(process);
          await scheduler.drain();
        }
        await engine.wake();
      }

      const sim: Sim = {
        ref,
        seed,
        dropbox: dropboxPerson(sides, place),
        assembly: assemblyPerson(sides, place),
        events,
        faults,
        clock,
        engine,
        scheduler,
        log,
        written: 0,
        note,
        calls,
        writes: () => calls.filter((call) => WRITES.test(call)),
        assemblyCalls: () => calls.filter((call) => call.startsWith('assembly.') && !TRANSFERS.test(call)),
        mayAct: (side) =>
          !scheduler
            .runnable()
            .some((task) => task.name === 'applyOperation' && CHECKS[side].includes(task.lastCall)),
        mayMoveRoot: () =>
          !scheduler
            .runnable()
            .some((task) => task.name === 'applyOperation' && task.lastCall === 'dropbox.metadata'),
        async turn(task) {
          const tasks = scheduler.runnable();
          const chosen = task ?? (tasks.length > 0 ? random.pick(tasks) : undefined);
          if (!chosen) return;
          if (clock.stale) await clock.tellPostgres(store);
          const from = chosen.at;
          await scheduler.step(chosen);
          note(`${chosen.name} ${chosen.id}: ${from} -> ${chosen.at}`);
          await expectOwnIds(store, ref, chosen.at);
          await afterTurn();
        },
        async tick() {
          clock.fireNext();
          await scheduler.drain();
          await afterTurn();
        },
        async until(gate, { deliver = true } = {}) {
          for (let turns = 0; turns < MOST_TURNS_TO_GATE; turns++) {
            if (scheduler.runnable().some(({ at }) => at === gate)) return;
            if (deliver && waiting.length > 0) events.deliver();
            if (scheduler.runnable().length > 0) await sim.turn();
            else await sim.tick();
          }
          throw new Error(`nothing ever came to ${gate}`);
        },
        crash(process = 'worker') {
          note(`crash of ${process}`);
          scheduler.kill(process);
        },
        act: (name, run) => spawnApi(name, () => run({ store: deps.store, temporal })),
        pause: () => sim.act('pause', (with_) => actions.pause(with_, ref)),
        resume: () => sim.act('resume', (with_) => actions.resume(with_, ref)),
        resync: () => sim.act('resync', (with_) => actions.resync(with_, ref, null)),
        sweep() {
          note('sweep');
          engine.startSweep();
        },
        async settle({ deliver = true } = {}) {
          const until = clock.now() + MAX_HOURS * 3_600_000;
          for (let turns = 0; turns < MAX_TURNS; turns++) {
            const tasks = scheduler.runnable();
            if (deliver && waiting.length > 0 && (tasks.length === 0 || random.chance(0.2))) events.deliver();
            else if (tasks.length > 0) await sim.turn();
            else if (engine.running().length === 0 && clock.nextAt() === null) return;
            else if (clock.nextAt() === null || clock.now() > until) break;
            else await sim.tick();
          }
          const state = [`never comes to rest: ${engine.running().join(', ')}`, ...(await sim.owed())];
          throw new Error([...state, ...log.slice(-60)].join('\n'));
        },
        async lookInFull() {
          await engine.hint(ref, { kind: 'look', origin: 'sweep' });
          await sim.settle();
        },
        async shown() {
          const [dropbox, assembly] = await Promise.all([sim.dropbox.tree(), sim.assembly.tree()]);
          return { dropbox, assembly };
        },
        async trees() {
          const { dropbox, assembly } = await sim.shown();
          return { dropbox: dropbox.map(line).sort(), assembly: assembly.map(line).sort() };
        },
        owed: async () => (await itemRows(store, ref)).filter((row) => row.owes).map((row) => row.words),
        endlessWaits: async () =>
          (await sim.syncState()) === 'active' ? await endlessWaits(store, ref, MAX_ATTEMPTS) : [],
        rows: async () => (await itemRows(store, ref)).map((row) => row.words),
        async syncState() {
          const sync = await store.prisma.channelSync.findUniqueOrThrow({ where: { id: ref.syncId } });
          return sync.haltReason === null ? sync.state : `${sync.state} (${sync.haltReason})`;
        },
        async expectAtRest({ tree, apart = () => false } = {}) {
          const both = (entries: readonly Shown[]) =>
            entries
              .filter(({ path }) => !apart(path))
              .map(line)
              .sort();
          const before = await sim.shown();
          expect(engine.broken.map(({ workflow, error }) => `${workflow}: ${String(error)}`)).toEqual([]);
          expect(await sim.owed()).toEqual([]);
          expect({ assembly: both(before.assembly) }).toEqual({ assembly: both(before.dropbox) });
          if (tree) {
            expect(before.dropbox.map(({ object, path }) => `${object} ${path}`).sort()).toEqual(
              [...tree].sort(),
            );
          }
          expect(faults.unsprung()).toEqual([]);
          calls.splice(0);
          await sim.lookInFull();
          expect(sim.writes()).toEqual([]);
          expect(await sim.shown()).toEqual(before);
        },
        async end() {
          sides.audience = {
            ...sides.audience,
            after: () => {},
            assemblyEvent: () => {},
            dropboxChanged: () => {},
          };
          scheduler.kill('worker');
          scheduler.kill('api');
          realIds();
          remotes.forget(portalId);
          if (remotes !== shared) await remotes.close();
          await store.prisma.$executeRaw`DELETE FROM assembly_seen WHERE portal_id = ${portalId}`;
          await store.prisma.$executeRaw`DELETE FROM dbx_seen WHERE portal_id = ${portalId}`;
          await store.prisma.$executeRaw`DELETE FROM channel_sync WHERE portal_id = ${portalId}`;
          await ask(sides.assembly, 'DELETE', `/channels/${encodeURIComponent(place.channelId)}`);
        },
      };
      if (!options.unsynced) {
        await engine.hint(ref, { kind: 'look', origin: 'initial' });
        await sim.settle();
        log.splice(0);
        calls.splice(0);
      }
      return sim;
    },
  };
}

/** A stream whose reader died with its process ends in an error that nobody is left to hear. */
function deadEndsForgiven<T extends Remotes>(remotes: T): T {
  const forgiven =
    <A extends unknown[], R extends { stream: Readable }>(download: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const answer = await download(...args);
      answer.stream.on('error', () => {});
      return answer;
    };
  return {
    ...remotes,
    async dropbox(portalId) {
      const client = await remotes.dropbox(portalId);
      return { ...client, download: forgiven(client.download) };
    },
    assembly(portalId) {
      const client = remotes.assembly(portalId);
      return { ...client, download: forgiven(client.download) };
    },
  };
}

const WRITES = /\.(createFolder|createFile|move|delete|deleteFile|upload)$/;
const TRANSFERS = /\.(upload|download)$/;

/** After these reads an operation on the side acts on what it has seen, and no API offers to do both at once. */
const CHECKS: Readonly<Record<Side, readonly string[]>> = {
  dropbox: ['dropbox.listFolder'],
  assembly: ['assembly.retrieveFile'],
};

const line = ({ object, path, hash, pending }: Shown): string =>
  [pending ? 'pending' : object, path.normalize('NFC'), hash ?? ''].join(' ').trim();

async function itemRows(store: Store, { portalId, syncId }: SyncRef) {
  return await store.prisma.$queryRaw<{ words: string; owes: boolean }[]>`
    SELECT concat_ws(' ', i.object, i.item_path, '(' || coalesce(i.path_key, 'no place') || ')',
      coalesce('owes ' || i.pending_action || ' on ' || i.pending_action_target, 'owes nothing'), 'rule', i.pending_rule,
      'base', CASE WHEN i.base_at IS NULL THEN 'none' ELSE coalesce(i.dbx_path, '-') || ' | ' || coalesce(i.assembly_path, '-') END,
      'seen', coalesce(d.path, '-') || ' | ' || coalesce(a.path, '-'),
      'attempts', i.pending_action_attempts, i.pending_action_error_code, i.pending_action_last_error,
      CASE WHEN i.dirty THEN 'dirty' END, CASE WHEN i.operation IS NOT NULL THEN 'open' END,
      CASE WHEN i.pinned THEN 'pinned' END, 'upload ' || i.assembly_upload_id) AS words,
      i.pending_action IS NOT NULL OR i.dirty OR i.operation IS NOT NULL OR i.assembly_upload_id IS NOT NULL AS owes
    FROM file_folder_sync i LEFT JOIN dbx_seen d ON d.item_id = i.id LEFT JOIN assembly_seen a ON a.item_id = i.id
    WHERE i.portal_id = ${portalId} AND i.channel_sync_id = ${syncId}::uuid AND i.deleted_at IS NULL
    ORDER BY i.item_path, i.id`;
}
