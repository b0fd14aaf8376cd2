import { AsyncLocalStorage } from 'node:async_hooks';
import type { Store } from '../store/client';
import type { CairnActivities } from '../workflows/activities';
import { type ActivityDeps, FAULT_POINTS, type FaultPoint, type ReachFaultPoint } from './deps';

const isFaultPoint = (name: string): name is FaultPoint => (FAULT_POINTS as readonly string[]).includes(name);

/**
 * What happens at the named places between steps: `null`, nothing, unless `FAULT_POINT` says so. `point:nth` ends the
 * process there with SIGKILL at the nth time, as a crash would, so that a test can stop a real worker exactly between
 * two steps; `point@detail:nth` counts only the times with that detail, as in `afterCall@assembly.createFile:2`.
 */
export function createFaultPoints(env: NodeJS.ProcessEnv): ReachFaultPoint | null {
  const wanted = env.FAULT_POINT;
  if (!wanted) return null;
  const [, point = '', detail, nth = '1'] = /^([^@:]*)(?:@([^:]*))?(?::(\d+))?$/.exec(wanted) ?? [];
  if (!isFaultPoint(point)) throw new Error(`FAULT_POINT names no fault point: ${wanted}`);
  let left = Number(nth);
  return async (reached, at) => {
    if (reached !== point || (detail !== undefined && detail !== at)) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

export const noFaultPoints: ReachFaultPoint = async () => {};

const step = new AsyncLocalStorage<string>();

/** The same dependencies, with a fault point before and after every remote call and every transaction. */
export function withFaultPoints(deps: ActivityDeps): ActivityDeps {
  const { reach, remotes, hinter } = deps;
  return {
    ...deps,
    store: { ...deps.store, prisma: watchedPrisma(deps.store.prisma, reach) },
    remotes: {
      ...remotes,
      dropbox: async (portalId) => watched(await remotes.dropbox(portalId), 'dropbox', reach),
      assembly: (portalId) => watched(remotes.assembly(portalId), 'assembly', reach),
    },
    hinter: watched(hinter, 'hinter', reach),
  };
}

/** The same activities; transactions in them are named by the activity. */
export function namedSteps(activities: CairnActivities): CairnActivities {
  return proxied(
    activities,
    (name, call) =>
      (...args) =>
        step.run(name, () => call(...args)),
  );
}

const watched = <T extends object>(client: T, side: string, reach: ReachFaultPoint): T =>
  proxied(client, (name, call) => async (...args) => {
    await reach('beforeCall', `${side}.${name}`);
    const answer = await call(...args);
    await reach('afterCall', `${side}.${name}`);
    return answer;
  });

const stepName = (): string => step.getStore() ?? '';

/** A statement outside a transaction is one by itself. */
function watchedPrisma(prisma: Store['prisma'], reach: ReachFaultPoint): Store['prisma'] {
  const alone =
    (_name: string, call: Call) =>
    async (...args: unknown[]) => {
      await reach('beforeTransaction', stepName());
      const answer = await call(...args);
      await reach('afterCommit', stepName());
      return answer;
    };
  const transaction = async (body: (tx: unknown) => Promise<unknown>, options: never) => {
    await reach('beforeTransaction', stepName());
    const answer = await prisma.$transaction(async (tx) => {
      const made = await body(tx);
      await reach('beforeCommit', stepName());
      return made;
    }, options);
    await reach('afterCommit', stepName());
    return answer;
  };
  return new Proxy(prisma, {
    get(target, name) {
      if (name === '$transaction') return transaction;
      const found: unknown = Reflect.get(target, name);
      if (typeof name === 'symbol') return found;
      if (name === '$queryRaw' || name === '$executeRaw') return alone(name, bound(target, found));
      // The delegate of a table, such as `channelSync`.
      const isTable = !/^[$_]/.test(name) && typeof found === 'object' && found !== null;
      return isTable ? proxied(found, alone) : found;
    },
  });
}

type Call = (...args: unknown[]) => unknown;

const bound = (target: object, method: unknown): Call => (method as Call).bind(target);

function proxied<T extends object>(target: T, around: (name: string, call: Call) => Call): T {
  return new Proxy(target, {
    get(_, name) {
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? around(String(name), bound(target, found)) : found;
    },
  });
}
