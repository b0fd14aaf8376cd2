import { CairnError } from '../../domain/errors';
import { PERMISSION_MS } from '../../domain/stopping';
import type { SendGate } from '../../net/sendGate';

/** The sync was stopped, or the item opened anew, since the operation was opened: nothing may be written for it. */
export class NotPermitted extends CairnError {
  constructor() {
    super('not_active', 'the sync no longer allows a write');
  }
}

/** A database slower than this so many times in a row is one that can't be used now. */
const MOST_CHECKS = 20;

/** A gate that asks `mayWrite` anew whenever the last answer is older than it is good for. */
export function createPermission(mayWrite: () => Promise<boolean>, now: () => number): SendGate {
  let asked = Number.NEGATIVE_INFINITY;
  return async () => {
    for (let checks = 0; now() - asked > PERMISSION_MS; checks += 1) {
      if (checks === MOST_CHECKS) throw new CairnError('store_unavailable');
      // Counted from before the question: that is how old the answer may be.
      const at = now();
      if (!(await mayWrite())) throw new NotPermitted();
      asked = at;
    }
  };
}
