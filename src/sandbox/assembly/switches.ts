import { z } from 'zod';

const omitted = z.enum([
  'status',
  'downloadUrl',
  'size',
  'createdAt',
  'updatedAt',
  'creatorId',
  'lastModifiedBy',
]);
const milliseconds = z.number().int().min(0).max(3_600_000);

/**
 * Every behaviour of Assembly that is not settled, with what is observed in production use as the default. Whoever
 * uses the API has to live with each value.
 */
const switchesSchema = z.strictObject({
  /** A file created on a path that is taken, or a folder on a path that a file or link has. */
  occupiedPath: z.enum(['duplicate', 'autorename', 'reject']).default('duplicate'),
  /** Whether an object without its bytes takes up its path. */
  pendingOccupies: z.boolean().default(true),
  /** Two folder creates at once: one is refused, or both get one id. */
  folderRace: z.enum(['reject', 'sameId']).default('reject'),
  /** How long a folder create waits for others to join it, when `folderRace` is `sameId`. */
  folderRaceWindowMs: milliseconds.default(50),
  /** Whether `Folder already exists` ignores letter case. */
  folderNamesIgnoreCase: z.boolean().default(false),
  /** What the stored path does with its Unicode form. */
  pathForm: z.enum(['asSent', 'nfc', 'nfd']).default('asSent'),
  /** Whether spaces and dots at the ends of a name are cut silently. */
  trimNames: z.boolean().default(false),
  /** Whether API writes below a read-only folder answer 403, and whether that says why. */
  readOnlyFolders: z.enum(['ignore', 'forbid', 'forbidWordlessly']).default('ignore'),

  /** From the end of the PUT to `completed`, in real time. */
  completionDelayMs: z.union([milliseconds, z.literal('never')]).default(20),
  /** A second PUT to one upload URL. */
  secondPut: z.enum(['overwrite', 'reject']).default('overwrite'),
  /** A PUT for an object that has been deleted meanwhile. */
  latePut: z.enum(['accept', 'reject']).default('accept'),
  zeroBytes: z.enum(['complete', 'stayPending', 'reject']).default('complete'),
  /** Whether the upload host insists on `Content-Type: application/octet-stream`. */
  uploadTypeSigned: z.boolean().default(false),
  urlLifetimeSeconds: z.number().int().min(1).max(604_800).default(900),

  /** Members that list items and the data of webhooks lack. */
  listOmits: z.array(omitted).default([]),
  webhookOmits: z.array(omitted).default([]),
  /** How a `downloadUrl` that does not exist yet is written. */
  pendingDownloadUrl: z.enum(['absent', 'empty']).default('absent'),
  statusCase: z.enum(['lower', 'upper']).default('lower'),
  /** `path` is first-to-last by UTF-16; `reversePath` shows children before their parents. */
  listOrder: z.enum(['path', 'reversePath']).default('path'),
  /** `short`: half of what was asked for. `emptyFirst`: a first page with a token and no data. */
  listPages: z.enum(['full', 'short', 'emptyFirst']).default('full'),
  /** Whether an empty list is `null`. */
  nullLists: z.boolean().default(false),
  /** Whether the `path` filter `Tax` also finds `Taxes/a`. */
  pathFilter: z.enum(['segments', 'text']).default('segments'),
  pathFilterIncludesFolder: z.boolean().default(false),
  maxFilesLimit: z.number().int().min(1).max(100_000).default(1000),
  /** Largest page of the other lists. */
  maxLimit: z.number().int().min(1).max(100_000).default(10_000),
  overLimit: z.enum(['clamp', 'reject']).default('clamp'),
  /** 0: a `nextToken` never goes stale. */
  nextTokenLifetimeMs: milliseconds.default(0),
  /** Members documented as nullable: null on some records, on none, or on all. */
  nullFields: z.enum(['mixed', 'never', 'always']).default('mixed'),

  unknownWorkspaceStatus: z.union([z.literal(401), z.literal(403)]).default(401),
  /** Another workspace's file id. */
  foreignIdStatus: z.union([z.literal(403), z.literal(404)]).default(404),
  /** Listing or creating in a channel that is not there; retrieving it is 400 always. */
  missingChannelStatus: z.union([z.literal(400), z.literal(403), z.literal(404)]).default(400),
  sessionLifetimeSeconds: z.number().int().min(1).max(604_800).default(300),
  /** Whether `%2F` in the path of a channel is understood. */
  encodedChannelId: z.enum(['accept', 'reject']).default('accept'),
  retryAfterHeader: z.boolean().default(false),
  rateScope: z.enum(['workspace', 'app']).default('workspace'),
  /** Calls a month and workspace; 0: none counted. */
  monthlyQuota: z.number().int().min(0).default(0),
  quotaStatus: z.union([z.literal(403), z.literal(429)]).default(429),

  /** Whether `file.created` of an API create is delivered before the create answers. */
  createdEventBeforeResponse: z.boolean().default(false),
  /** A person's upload: one `file.created` when it is complete, or pending first and a bare `file.updated` after. */
  personUpload: z.enum(['completed', 'twoStep']).default('completed'),
  /** Whether acting on a folder sends events for what lies in it. */
  descendantEvents: z.boolean().default(false),
  /** Whether a folder's rename changes `updatedAt` of what lies in it. */
  descendantUpdatedAt: z.boolean().default(false),
  previousAttributes: z.enum(['nested', 'top', 'absent']).default('nested'),
  /** Whether `previousAttributes` has `path` beside `name`. */
  previousPath: z.boolean().default(false),
  deletedEventData: z.enum(['full', 'id']).default('full'),
  /** Whether the envelope has `created` and `object`. */
  envelopeExtras: z.boolean().default(false),
  /** Whether the token of a webhook call is bound to a session. */
  webhookTokenId: z.boolean().default(false),
  /** How long API and events tell what lies in a renamed folder under its old path. */
  descendantPathLagMs: milliseconds.default(0),
  crossChannelMove: z.enum(['sameId', 'newId']).default('sameId'),
  /** Whether creating a client makes its channel. */
  autoChannels: z.enum(['none', 'individual', 'company']).default('none'),
});

export type AssemblySwitches = z.infer<typeof switchesSchema>;
export type Omitted = z.infer<typeof omitted>;

/** Throws a `ZodError` that names unknown switches and values that do not fit. */
export const mergeSwitches = (current: Partial<AssemblySwitches>, patch: unknown): AssemblySwitches =>
  switchesSchema.parse({ ...current, ...z.record(z.string(), z.unknown()).parse(patch) });
