import type { ErrorCode } from '../../../../src/domain/errors';
import { RemoteError } from '../../../../src/domain/remoteError';
import type { Side } from '../../../../src/domain/types';

/** What happens once, at the next call of one kind: before its effect, or after it with the answer lost. */
export interface Faults {
  /** `act` runs at that moment and may throw; without it the connection breaks. */
  next(call: string, when: 'before' | 'after', act?: () => Promise<void> | void): void;
  /** The next call of that kind is refused with a code, without an effect. */
  refuse(call: string, code: ErrorCode): void;
  /** Every call that arrived, by kind. */
  readonly calls: string[];
  run<T>(call: string, effect: () => T | Promise<T>): Promise<T>;
}

export function createFaults(side: Side): Faults {
  const armed: { call: string; when: 'before' | 'after'; act: () => Promise<void> | void }[] = [];
  const reach = async (call: string, when: 'before' | 'after') => {
    const index = armed.findIndex((one) => one.call === call && one.when === when);
    if (index >= 0) await armed.splice(index, 1)[0]!.act();
  };
  const broken = () => {
    throw new RemoteError(side, 'connection_failed', 'the connection broke');
  };
  const calls: string[] = [];
  return {
    calls,
    next: (call, when, act = broken) => void armed.push({ call, when, act }),
    refuse: (call, code) =>
      void armed.push({
        call,
        when: 'before',
        act: () => {
          throw new RemoteError(side, code, `refused: ${code}`);
        },
      }),
    async run(call, effect) {
      calls.push(call);
      await reach(call, 'before');
      const result = await effect();
      await reach(call, 'after');
      return result;
    },
  };
}

/** A method that no test here calls. */
export const unused = (name: string) => () => Promise.reject(new Error(`${name} is not expected`));
