/** What happens around a remote call: thrown errors reach the caller, so `before` is a refusal, `after` a lost answer. */
export type When = 'before' | 'after';

interface Trap {
  readonly call: string;
  readonly when: When;
  readonly act: () => unknown;
  left: number;
}

/** Every remote call of a test, in order, and the traps that the test has set on them. */
export interface Calls {
  readonly log: string[];
  /** Calls that changed something on a side. */
  writes(): string[];
  clear(): void;
  /** Runs `act` at the next `times` calls of that name (`assembly.createFile`); what it throws, the call throws. */
  trap(call: string, when: When, act: () => unknown, times?: number): void;
  /** Traps that no call has reached: a test whose fault never happened proves nothing. */
  unsprung(): string[];
  watch<T extends object>(side: string, client: T): T;
}

const WRITES = /\.(createFolder|createFile|move|delete|deleteFile|upload)$/;

export function createCalls(): Calls {
  const log: string[] = [];
  const traps: Trap[] = [];
  const spring = async (call: string, when: When) => {
    const trap = traps.find((one) => one.call === call && one.when === when && one.left > 0);
    if (!trap) return;
    trap.left -= 1;
    await trap.act();
  };
  return {
    log,
    writes: () => log.filter((call) => WRITES.test(call)),
    clear: () => void log.splice(0),
    trap(call, when, act, times = 1) {
      traps.push({ call, when, act, left: times });
    },
    unsprung: () => traps.filter((one) => one.left > 0).map((one) => `${one.call} ${one.when}`),
    watch(side, client) {
      return new Proxy(client, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== 'function') return method;
          const call = `${side}.${String(name)}`;
          return async (...args: unknown[]) => {
            log.push(call);
            await spring(call, 'before');
            const answer: unknown = await Reflect.apply(method, target, args);
            await spring(call, 'after');
            return answer;
          };
        },
      });
    },
  };
}
