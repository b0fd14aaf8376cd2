import { RULES } from '../domain/plan';
import type { SyncRef } from '../domain/types';
import { inTransaction, type Store } from '../store/client';
import { owedOperations } from '../store/owedOperations';
import { reconcileIn } from './reconcile';
import type { PlanPreview } from './verify';

const LIMIT = 1_000;
const TIMEOUT_MS = 240_000;

/** Carries the preview out of a transaction that must not commit. */
class RolledBack extends Error {
  constructor(readonly preview: PlanPreview) {
    super('rolled back');
  }
}

/**
 * What a pass would do with what has been observed so far: the real planning, in a transaction that is rolled back.
 * Looks at neither side and changes nothing.
 */
export async function previewPlan(deps: { readonly store: Store }, ref: SyncRef): Promise<PlanPreview> {
  const { store } = deps;
  try {
    return await inTransaction(
      store,
      async (tx) => {
        await reconcileIn(tx, ref, {
          // A preview shows a mass delete instead of halting at it.
          massDelete: { min: Number.MAX_SAFE_INTEGER, ratio: 1 },
          origin: 'operator',
          now: () => new Date(),
        });
        const owed = await owedOperations(tx, ref, LIMIT + 1);
        throw new RolledBack({
          items: owed.slice(0, LIMIT).map(({ path, object, rule, action, target }) => ({
            path,
            object,
            rule,
            decision: `${action}${object === 'folder' ? ' folder' : ''} on ${target} (${ruleName(rule)})`,
          })),
          truncated: owed.length > LIMIT,
        });
      },
      { timeoutMs: TIMEOUT_MS },
    );
  } catch (error) {
    if (error instanceof RolledBack) return error.preview;
    throw error;
  }
}

const ruleName = (rule: number): string =>
  RULES.find((entry) => entry.rule === rule)?.states ?? `rule ${rule}`;
