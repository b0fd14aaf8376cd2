import type { ErrorCode } from '../../../../src/domain/errors';
import { RemoteError } from '../../../../src/domain/remoteError';
import type { Side } from '../../../../src/domain/types';

/** What happens around a remote call: thrown errors reach the caller, so `before` is a refusal, `after` a lost answer. */
type When = 'before' | 'after';

interface Trap {
  readonly call: string;
  readonly when: When;
  readonly act: () => unknown;
}

/** A remote call by its name: `assembly.createFile`. */
type CallName = `${Side}.${string}`;

/** What a call with these arguments is refused with; `null` lets it through. */
type Refusal = (call: string, args: readonly unknown[]) => ErrorCode | null;

/** Every remote call of a test, in order, and the faults that the test has set on them. */
export interface Calls {
  readonly log: string[];
  /** Calls that changed something on a side. */
  writes(): string[];
  clear(): void;
  /** Runs `act` at the next call of that name, once; what it throws, the call throws. */
  trap(call: CallName, when: When, act: () => unknown): void;
  /** The next call of that name breaks off: before its effect, or after it with the answer lost. */
  breakOff(call: CallName, when: When): void;
  /** The next call of that name is refused with a code, without an effect. */
  refuse(call: CallName, code: ErrorCode): void;
  /** Refuses, until `mend`, every call that `by` names a code for. */
  refuseAll(by: Refusal, retryAfterMs?: number): void;
  mend(): void;
  /** Traps that no call has reached: a test whose fault never happened proves nothing. */
  unsprung(): string[];
  watch<T extends object>(side: Side, client: T): T;
}

const WRITES = /\.(createFolder|createFile|move|delete|deleteFile|upload)$/;
const LETS_ALL_THROUGH: Refusal = () => null;

export function createCalls(): Calls {
  const log: string[] = [];
  const traps: Trap[] = [];
  let refusal = LETS_ALL_THROUGH;
  let pause: number | undefined;
  const spring = async (call: string, when: When) => {
    const index = traps.findIndex((one) => one.call === call && one.when === when);
    if (index >= 0) await traps.splice(index, 1)[0]!.act();
  };
  const failing = (call: CallName, code: ErrorCode, words: string) => () => {
    throw new RemoteError(call.startsWith('dropbox.') ? 'dropbox' : 'assembly', code, words);
  };
  const trap: Calls['trap'] = (call, when, act) => void traps.push({ call, when, act });
  return {
    log,
    writes: () => log.filter((call) => WRITES.test(call)),
    clear: () => void log.splice(0),
    trap,
    breakOff: (call, when) => trap(call, when, failing(call, 'connection_failed', 'the connection broke')),
    refuse: (call, code) => trap(call, 'before', failing(call, code, `refused: ${code}`)),
    refuseAll(by, retryAfterMs) {
      refusal = by;
      pause = retryAfterMs;
    },
    mend() {
      refusal = LETS_ALL_THROUGH;
      pause = undefined;
    },
    unsprung: () => traps.map((one) => `${one.call} ${one.when}`),
    watch(side, client) {
      return new Proxy(client, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== 'function') return method;
          const call = `${side}.${String(name)}`;
          return async (...args: unknown[]) => {
            log.push(call);
            const code = refusal(call, args);
            if (code) {
              throw new RemoteError(side, code, `refused: ${code}`, pause ? { retryAfterMs: pause } : {});
            }
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
