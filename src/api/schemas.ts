import { z } from 'zod';
import { ACTIONS, ITEM_STATES, OBJECT_KINDS, SIDES, SYNC_STATES } from '../domain/types';

/** The shapes of CONTRACT's HTTP section: what goes in and out, and what `/openapi.json` tells. */

const Timestamp = z.iso.datetime();
const Count = z.number().int().nonnegative();
const Uuid = z.guid();

export const SyncParams = z.object({ id: Uuid });
export const ItemParams = z.object({ id: Uuid, itemId: Uuid });

export const limitQuery = (standard: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `Give a whole number from 1 to ${most}.`)
    .transform(Number)
    .pipe(z.number().min(1).max(most))
    .default(standard);

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

export const ErrorInfo = z.object({ code: z.string(), message: z.string() });

export const ProblemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

export const ConnectionBody = z.object({
  status: z.enum(['none', 'connected', 'needs_reauth', 'disconnected']),
  accountId: z.string().optional(),
  email: z.string().optional(),
  connectedAt: Timestamp.optional(),
  /** Sides that can't be used now, each said once. */
  troubles: z
    .array(
      z.object({
        side: z.enum(SIDES),
        code: z.string(),
        message: z.string(),
        since: Timestamp,
        nextTryAt: Timestamp,
      }),
    )
    .optional(),
});

export const ProgressBody = z.object({
  total: Count,
  settled: Count,
  pending: Count,
  retrying: Count,
  stuck: Count,
  unsyncable: Count,
  conflicts: Count,
});

export const HaltItems = z.object({
  count: Count,
  /** The side on which they would be deleted. */
  target: z.enum(SIDES).optional(),
  /** The first of them by path. */
  items: z.array(z.object({ path: z.string(), object: z.enum(OBJECT_KINDS) })),
});

export const SyncBody = z.object({
  id: Uuid,
  portalId: z.string(),
  assemblyChannelId: z.string(),
  assemblyChannelLabel: z.string().optional(),
  dropboxPath: z.string(),
  dropboxRootId: z.string(),
  state: z.enum(SYNC_STATES),
  haltReason: z.string().optional(),
  haltId: Uuid.optional(),
  haltItems: HaltItems.optional(),
  error: ErrorInfo.optional(),
  progress: ProgressBody,
  lastConvergedAt: Timestamp.nullable(),
  resyncing: z.boolean(),
  createdAt: Timestamp,
});
export type SyncJson = z.infer<typeof SyncBody>;

/** Postgres holds no NUL: nothing that is stored has one in it. */
export const isStorable = (text: string): boolean => !text.includes('\0');

export const NewSyncBody = z.strictObject({
  assemblyChannelId: z.string().min(1).max(255),
  dropboxPath: z
    .string()
    .max(4_096)
    .refine((path) => path === '' || path.startsWith('/'), 'Start the path with "/".')
    .refine(isStorable, 'A path has no NUL in it.'),
});

export const PatchSyncBody = z.strictObject({ state: z.enum(['paused', 'active']) });
export const ApproveBody = z.strictObject({ haltId: Uuid });

export const ItemBody = z.object({
  id: Uuid,
  path: z.string(),
  object: z.enum(OBJECT_KINDS),
  state: z.enum(ITEM_STATES),
  operation: z.enum(ACTIONS).optional(),
  target: z.enum(SIDES).optional(),
  error: ErrorInfo.optional(),
  attempts: Count,
  lastAttemptAt: Timestamp.optional(),
  nextAttemptAt: Timestamp.optional(),
  workflowId: z.string().optional(),
  /** In the Temporal Web UI, where that has an address and the item has had a workflow. */
  workflowUrl: z.string().optional(),
  dropboxId: z.string().optional(),
  assemblyId: z.string().optional(),
  conflictCopy: z.boolean(),
});

export const HistoryBody = z.object({
  id: z.string(),
  portalId: z.string(),
  channelSyncId: Uuid,
  itemId: Uuid,
  operation: z.string(),
  target: z.string(),
  outcome: z.string(),
  itemPath: z.string().nullable(),
  rule: z.number().int().nullable(),
  dbxFileId: z.string().nullable(),
  assemblyFileId: z.string().nullable(),
  hashBefore: z.string().nullable(),
  hashAfter: z.string().nullable(),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  attempts: Count,
  origin: z.string(),
  at: Timestamp,
  workflowId: z.string(),
  /** In the Temporal Web UI, where that has an address; Temporal itself forgets a workflow after its time. */
  workflowUrl: z.string().optional(),
});

export const PlanBody = z.object({
  items: z.array(
    z.object({ path: z.string(), object: z.string(), rule: z.number().int(), decision: z.string() }),
  ),
  truncated: z.boolean(),
});

export const ChannelBody = z.object({
  id: z.string(),
  label: z.string(),
  type: z.enum(['individual', 'group', 'company']),
  syncId: Uuid.nullable(),
});

export const FolderBody = z.object({
  id: z.string(),
  path: z.string(),
  name: z.string(),
  syncId: Uuid.nullable(),
});

export const CountBody = z.object({
  files: Count,
  folders: Count,
  /** Of the files whose size is known. */
  bytes: Count,
  /** False: there is more than was counted. */
  complete: z.boolean(),
});

export const PreviewBody = z.object({
  dropbox: CountBody,
  assembly: CountBody,
  /** Whether the first sync takes long enough, or enough API calls, that a person should know before. */
  large: z.boolean(),
  /** What the first sync takes at least, at the pace that Assembly allows. */
  estimatedSeconds: Count,
});

/** What the page's stream tells. */
export const PortalBody = z.object({
  connection: ConnectionBody,
  /** The oldest of them; `more` says that there are others. */
  syncs: z.array(SyncBody),
  more: z.boolean(),
});

const ByKind = z.record(z.string(), Count);
export const UsageBody = z.object({
  month: z.string(),
  assembly: z.object({ calls: Count, budget: Count, byKind: ByKind }),
  dropbox: z.object({ calls: Count, byKind: ByKind }),
});
