import { z } from 'zod';
import { createRandom } from './random';

const MAX_RULES = 1000;

export const faultRuleSchema = z.strictObject({
  /** A route as in the call log; `*` stands for anything, as in `* /v1/files*` or `storage *`. */
  route: z.string().min(1),
  /** Only calls with a key of this workspace, or for an object of it. */
  workspace: z.string().optional(),
  /** How often, in all. Without `times` and `probability`: each time. */
  times: z.number().int().min(1).optional(),
  /** Calls to let pass first. */
  skip: z.number().int().min(0).default(0),
  probability: z.number().min(0).max(1).optional(),
  seed: z.number().int().default(1),
  /** `after`: the effect is committed and the client sees the failure. */
  when: z.enum(['before', 'after']).default('before'),
  /**
   * `slow`, `truncate` (head announces all, connection dies) and `short` (well formed, but not all) change the true
   * reply; the others take its place.
   */
  action: z.enum(['status', 'html502', 'empty500', 'hang', 'reset', 'slow', 'garbage', 'truncate', 'short']),
  status: z.number().int().min(200).max(599).optional(),
  body: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /**
   * Of a reply: how much of it goes out (`truncate`, `short`; half, if absent). Of a request with `when: before`:
   * how much of its body is read before the fault.
   */
  afterBytes: z.number().int().min(0).optional(),
  /** How long `slow` takes. */
  delayMs: z.number().int().min(0).max(600_000).default(2000),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;

export interface Faults {
  /** Adds to the rules there are; the first that fits a call is the one that counts. */
  add(rules: readonly FaultRule[]): void;
  clear(): void;
  /** The fault for this call, spent by asking. */
  take(route: string, workspace: string | null): FaultRule | null;
  /** The rules that still apply. */
  rules(): FaultRule[];
}

interface Armed {
  readonly rule: FaultRule;
  readonly pattern: RegExp;
  readonly random: () => number;
  left: number;
  toSkip: number;
}

export const createFaults = (): Faults => {
  let armed: Armed[] = [];

  const hits = (one: Armed, route: string, workspace: string | null): boolean => {
    if (one.left === 0 || !one.pattern.test(route)) return false;
    if (one.rule.workspace !== undefined && one.rule.workspace !== workspace) return false;
    if (one.toSkip > 0) {
      one.toSkip -= 1;
      return false;
    }
    return one.rule.probability === undefined || one.random() < one.rule.probability;
  };

  return {
    add: (rules) => {
      armed = [...armed, ...rules.map(arm)].slice(0, MAX_RULES);
    },
    clear: () => {
      armed = [];
    },
    take: (route, workspace) => {
      const hit = armed.find((one) => hits(one, route, workspace));
      if (hit === undefined) return null;
      hit.left -= 1;
      armed = armed.filter((one) => one.left > 0);
      return hit.rule;
    },
    rules: () => armed.map((one) => one.rule),
  };
};

const arm = (rule: FaultRule): Armed => ({
  rule,
  pattern: new RegExp(`^${rule.route.split('*').map(literal).join('.*')}$`),
  random: createRandom(rule.seed),
  left: rule.times ?? Number.POSITIVE_INFINITY,
  toSkip: rule.skip,
});

const literal = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
