import { z } from 'zod';

/** One rule: which calls fail, when, and how. */
export const faultRuleSchema = z.strictObject({
  /** A route such as `files/upload`, `oauth2/token`, or a pattern with `*`. */
  route: z.string().min(1),
  account: z.string().optional(),
  /** How many calls it strikes; without it, every one. */
  times: z.number().int().min(1).optional(),
  /** Calls that match but are let through first. */
  skip: z.number().int().min(0).default(0),
  probability: z.number().min(0).max(1).optional(),
  /** The same seed strikes the same calls. */
  seed: z.number().int().default(1),
  /** `before`: nothing happens. `after`: the effect is committed and only the answer is lost or replaced. */
  when: z.enum(['before', 'after']).default('before'),
  action: z.enum([
    /** Answers with `status`, `body`, `headers`, `retryAfter`. */
    'status',
    /** 429: `shape` json, text or empty, with `reason` and `retryAfter`. */
    'throttle',
    /** The connection breaks. */
    'reset',
    /** No answer, ever; ends when the caller gives up or the sandbox closes. */
    'hang',
    /** Half an answer, then the connection breaks: after `afterBytes` of the body. */
    'truncate',
    /** A well-formed answer that ends early, after `afterBytes`. */
    'short',
    /** The body at `bytesPerSecond`. */
    'slow',
    /** The answer comes `delayMs` late. */
    'delay',
    /** Stops reading the request body after `afterBytes`. */
    'stall',
    /** Breaks the connection after `afterBytes` of the request body. */
    'cut',
    /** A download without `Dropbox-API-Result`. */
    'no_result',
    /** The access token of the call is expired first. */
    'expire_token',
    /** It is revoked first. */
    'revoke_token',
  ]),
  status: z.number().int().min(100).max(599).default(500),
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).default('Internal Server Error'),
  headers: z.record(z.string(), z.string()).default({}),
  retryAfter: z.number().int().min(0).optional(),
  reason: z.enum(['too_many_requests', 'too_many_write_operations']).default('too_many_requests'),
  shape: z.enum(['json', 'text', 'empty']).default('json'),
  afterBytes: z.number().int().min(0).optional(),
  bytesPerSecond: z.number().int().min(1).default(65_536),
  delayMs: z.number().int().min(0).max(600_000).default(1_000),
  /** How a truncated body announces itself. */
  encoding: z.enum(['length', 'chunked', 'gzip']).default('length'),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;

export interface Faults {
  add(rules: readonly FaultRule[]): void;
  clear(): void;
  list(): readonly FaultRule[];
  /** The rule that strikes this call, if any; counts it. */
  pick(route: string, account: string | null): FaultRule | null;
}

interface Armed {
  readonly rule: FaultRule;
  readonly matches: (route: string) => boolean;
  readonly random: () => number;
  skip: number;
  left: number;
}

const MAX_RULES = 1_000;

export function createFaults(): Faults {
  let armed: Armed[] = [];
  return {
    add(rules) {
      armed = [...armed, ...rules.map(arm)].slice(-MAX_RULES);
    },
    clear() {
      armed = [];
    },
    list: () => armed.map((one) => one.rule),
    pick(route, account) {
      for (const one of armed) {
        if (!one.matches(route)) continue;
        if (one.rule.account !== undefined && one.rule.account !== account) continue;
        if (one.rule.probability !== undefined && one.random() >= one.rule.probability) continue;
        if (one.skip-- > 0) continue;
        if (--one.left === 0) armed = armed.filter((other) => other !== one);
        return one.rule;
      }
      return null;
    },
  };
}

function arm(rule: FaultRule): Armed {
  const source = rule.route.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^${source}$`);
  return {
    rule,
    matches: (route) => expression.test(route),
    random: seeded(rule.seed),
    skip: rule.skip,
    left: rule.times ?? Number.POSITIVE_INFINITY,
  };
}

/** mulberry32: small, and the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
