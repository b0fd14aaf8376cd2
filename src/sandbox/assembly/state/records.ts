import { z } from 'zod';

/** Every record has an id and the number in which it was made, which lists of people and channels are ordered by. */
const base = { id: z.string(), seq: z.number() };
const owned = { ...base, workspaceId: z.string() };
const stamps = { createdAt: z.string(), updatedAt: z.string() };

const actorSchema = z.object({ id: z.string(), object: z.enum(['internalUser', 'client']) });
const permissions = z.enum(['read_write', 'read_only']);

const workspaceSchema = z.object({
  ...base,
  name: z.string(),
  /** The key of *Settings > API*, good for this workspace alone. */
  ownKey: z.string(),
  /** Whether the app is installed; without it the app key is refused. */
  installed: z.boolean(),
  /** First segment of the ids of its channels. */
  region: z.string(),
  /** Whom writes through the API are attributed to. */
  appUserId: z.string(),
  /** The member of staff as whom the control routes act. */
  staffId: z.string(),
  createdAt: z.string(),
});

const internalUserSchema = z.object({
  ...owned,
  ...stamps,
  givenName: z.string(),
  familyName: z.string(),
  email: z.string(),
  role: z.string(),
});

const clientSchema = z.object({
  ...owned,
  ...stamps,
  givenName: z.string(),
  familyName: z.string(),
  email: z.string(),
  companyIds: z.array(z.string()),
  status: z.enum(['notInvited', 'invited', 'active']),
});

const companySchema = z.object({
  ...owned,
  createdAt: z.string(),
  name: z.string(),
  isPlaceholder: z.boolean(),
});

const channelSchema = z.object({
  ...owned,
  ...stamps,
  membershipType: z.enum(['individual', 'group', 'company']),
  clientId: z.string().nullable(),
  companyId: z.string().nullable(),
  memberIds: z.array(z.string()),
  rootPermissions: permissions,
});

const contentSchema = z.object({ blob: z.string(), size: z.number(), hash: z.string() });

const fileSchema = z.object({
  ...owned,
  ...stamps,
  channelId: z.string(),
  object: z.enum(['file', 'folder', 'link']),
  /** Without a leading slash. */
  path: z.string(),
  /** Only of files. */
  status: z.enum(['pending', 'completed']).nullable(),
  /** `null` until the bytes have arrived. The hash is shown to tests only. */
  content: contentSchema.nullable(),
  linkUrl: z.string(),
  clientPermissions: permissions.nullable(),
  creator: actorSchema,
  modifiedBy: actorSchema,
});

export const recordSchemas = {
  workspace: workspaceSchema,
  internalUser: internalUserSchema,
  client: clientSchema,
  company: companySchema,
  channel: channelSchema,
  file: fileSchema,
};

export type TableName = keyof typeof recordSchemas;
export type RecordOf<T extends TableName> = z.infer<(typeof recordSchemas)[T]>;

export type Workspace = RecordOf<'workspace'>;
export type InternalUser = RecordOf<'internalUser'>;
export type Client = RecordOf<'client'>;
export type Company = RecordOf<'company'>;
export type Channel = RecordOf<'channel'>;
export type FileRecord = RecordOf<'file'>;
export type Actor = z.infer<typeof actorSchema>;
export type Content = z.infer<typeof contentSchema>;

/** One record as it is from now on; `null`: gone. */
export type Change<T extends TableName = TableName> = {
  [P in T]: { readonly table: P; readonly id: string; readonly value: RecordOf<P> | null };
}[T];

export const put = <T extends TableName>(table: T, value: RecordOf<T>): Change<T> => ({
  table,
  id: value.id,
  value,
});
export const drop = <T extends TableName>(table: T, id: string): Change<T> => ({ table, id, value: null });
