import type { FaultPoint } from '../../src/activities/deps';
import { RemoteError } from '../../src/domain/remoteError';
import type { Side } from '../../src/domain/types';

/**
 * What a call or a transaction may end in. At `before…` nothing has happened, at `after…` it has and nobody is told.
 * `crash` ends the process of the task.
 */
export type FaultKind = 'reset' | 'timeout' | 'server' | 'throttle' | 'lost' | 'crash';

export interface FaultRule {
  readonly point: FaultPoint;
  /** As the point has it, such as `assembly.createFile`; any, if absent. */
  readonly detail?: string;
  readonly kind: FaultKind;
  /** Times to let pass first. */
  readonly skip?: number;
  /** How often it strikes; once. */
  readonly times?: number;
}

export interface Faults {
  arm(rule: FaultRule): void;
  clear(): void;
  /** The fault for this point, spent by asking. */
  take(point: FaultPoint, detail: string): FaultRule | null;
  /** Rules that have not struck as often as they were to: a fault that never happened proves nothing. */
  unsprung(): FaultRule[];
}

export function createFaults(): Faults {
  let armed: { rule: FaultRule; skip: number; left: number }[] = [];
  return {
    arm: (rule) => void armed.push({ rule, skip: rule.skip ?? 0, left: rule.times ?? 1 }),
    clear() {
      armed = [];
    },
    take(point, detail) {
      for (const one of armed) {
        if (one.rule.point !== point || (one.rule.detail !== undefined && one.rule.detail !== detail))
          continue;
        if (one.skip-- > 0) continue;
        one.left -= 1;
        armed = armed.filter(({ left }) => left > 0);
        return one.rule;
      }
      return null;
    },
    unsprung: () => armed.map(({ rule }) => rule),
  };
}

const CODES = {
  reset: ['connection_failed', 'the connection broke'],
  timeout: ['timeout', 'no answer in time'],
  server: ['remote_unavailable', 'a server error'],
  throttle: ['throttled', 'too many requests'],
} as const;

const RETRY_AFTER_MS = 3_000;

/** What the code that waits for a call or a transaction is told. */
export function faultError(kind: Exclude<FaultKind, 'crash'>, detail: string): Error {
  const side = detail.split('.')[0];
  if (kind === 'lost' || (side !== 'dropbox' && side !== 'assembly')) {
    return new Error('Connection terminated unexpectedly');
  }
  const [code, words] = CODES[kind];
  return new RemoteError(
    side as Side,
    code,
    words,
    kind === 'throttle' ? { retryAfterMs: RETRY_AFTER_MS } : {},
  );
}
