import { z } from 'zod';

/** `true` is always, `false` never, a number the share of events. */
const share = z.union([z.boolean().transform(Number), z.number().min(0).max(1)]);

const modeSchema = z.strictObject({
  /** Events that are lost. */
  drop: share.default(0),
  /** Events that come twice. */
  duplicate: share.default(0),
  delayMs: z.number().int().min(0).max(600_000).default(0),
  /** Holds events for `delayMs` (50, if 0) and sends them last first. */
  reorder: z.boolean().default(false),
  /** Events of one object may overlap and overtake each other. */
  concurrent: z.boolean().default(false),
  /** Decides which events `drop` and `duplicate` hit. */
  seed: z.number().int().default(1),
});

const configSchema = z.strictObject({
  /** `null`: events go nowhere. */
  url: z.url().nullable().default(null),
  /** Signing secret; `null`: no signature. */
  secret: z.string().min(1).nullable().default(null),
  signature: z.enum(['valid', 'wrong', 'absent']).default('valid'),
  token: z.enum(['valid', 'wrong', 'absent']).default('valid'),
  mode: modeSchema.prefault({}),
  timeoutMs: z.number().int().min(1).max(600_000).default(10_000),
  /** Waits before the retries; spacing is not documented, their number is. */
  retryDelaysMs: z.array(z.number().int().min(0).max(600_000)).max(20).default([500, 1000, 2000]),
});

export type DeliveryConfig = z.infer<typeof configSchema>;

/** Throws a `ZodError` that names what does not fit. A `mode` replaces the whole mode. */
export const mergeDeliveryConfig = (current: Partial<DeliveryConfig>, patch: unknown): DeliveryConfig =>
  configSchema.parse({ ...current, ...z.record(z.string(), z.unknown()).parse(patch) });
