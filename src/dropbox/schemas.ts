import { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import type { DropboxDeleted, DropboxEntry, DropboxFile, DropboxFolder } from './types';

/** Dropbox's answers as far as Cairn reads them. Unknown fields are let through, unknown tags are told apart. */

const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

const paths = { name: z.string(), path_lower: orNull(z.string()), path_display: orNull(z.string()) };

/** `.tag` is absent where the type is concrete, and on `move_v2` by one report. */
export const fileSchema = z
  .object({
    ...paths,
    id: z.string().min(1),
    rev: z.string().min(1),
    size: z.int().nonnegative(),
    content_hash: orNull(z.string().regex(/^[0-9a-f]{64}$/)),
    is_downloadable: z.boolean().nullish(),
    symlink_info: z.unknown().optional(),
  })
  .transform(
    (file): DropboxFile => ({
      tag: 'file',
      id: file.id,
      name: file.name,
      pathLower: file.path_lower,
      pathDisplay: file.path_display,
      rev: file.rev,
      size: file.size,
      hash: file.content_hash,
      downloadable: file.is_downloadable !== false && (file.symlink_info ?? null) === null,
    }),
  );

export const folderSchema = z.object({ ...paths, id: z.string().min(1) }).transform(
  (folder): DropboxFolder => ({
    tag: 'folder',
    id: folder.id,
    name: folder.name,
    pathLower: folder.path_lower,
    pathDisplay: folder.path_display,
  }),
);

const deletedSchema = z.object(paths).transform(
  (entry): DropboxDeleted => ({
    tag: 'deleted',
    name: entry.name,
    pathLower: entry.path_lower,
    pathDisplay: entry.path_display,
  }),
);

const taggedSchema = z.looseObject({ '.tag': z.string().optional(), rev: z.unknown().optional() });

/** A file or a folder, by its tag or else by what only a file has. */
export const objectSchema = taggedSchema.transform((value, context): DropboxFile | DropboxFolder => {
  const tag = value['.tag'] ?? (value.rev === undefined ? 'folder' : 'file');
  if (tag === 'file') return parseInside(fileSchema, value, context);
  if (tag === 'folder') return parseInside(folderSchema, value, context);
  context.addIssue({ code: 'custom', message: `is neither a file nor a folder but "${tag.slice(0, 40)}"` });
  return z.NEVER;
});

const parseInside = <T>(schema: z.ZodType<T>, value: unknown, context: z.RefinementCtx): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
};

/** `null` for a tag that is newer than this code: not an object that could be synced. */
const entrySchema = taggedSchema.transform((value, context): DropboxEntry | null => {
  switch (value['.tag']) {
    case 'file':
      return parseInside(fileSchema, value, context);
    case 'folder':
      return parseInside(folderSchema, value, context);
    case 'deleted':
      return parseInside(deletedSchema, value, context);
    default:
      return null;
  }
});

export const pageSchema = z
  .object({ entries: z.array(entrySchema), cursor: z.string().min(1), has_more: z.boolean() })
  .transform((page) => ({
    entries: page.entries.filter((entry) => entry !== null),
    cursor: page.cursor,
    hasMore: page.has_more,
  }));

export const accountSchema = z
  .object({
    account_id: z.string().min(1),
    email: z.string(),
    root_info: z.object({ root_namespace_id: z.string().min(1), home_namespace_id: z.string().min(1) }),
  })
  .transform((account) => ({
    accountId: account.account_id,
    email: account.email,
    rootNamespaceId: account.root_info.root_namespace_id,
    homeNamespaceId: account.root_info.home_namespace_id,
  }));

export const createdFolderSchema = z
  .object({ metadata: folderSchema })
  .transform((answer) => answer.metadata);

export const movedSchema = z.object({ metadata: objectSchema }).transform((answer) => answer.metadata);

export const sessionSchema = z
  .object({ session_id: z.string().min(1) })
  .transform((answer) => answer.session_id);

/** A route without a result answers `null`. */
export const nothingSchema = z.null().transform((): void => undefined);

export const tokenSchema = z.object({
  // Goes into a header: anything else there would end up in an error text.
  access_token: z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII'),
  expires_in: z.number().positive(),
});

export const exchangeSchema = tokenSchema.extend({
  refresh_token: z.string().min(1),
  account_id: z.string().min(1),
  scope: z.string().nullish(),
});

/** Parses an answer of Dropbox; rejects with `bad_answer` that names the field, never its value. */
export const parseAnswer = <T>(schema: z.ZodType<T>, value: unknown, route: string): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'the answer';
  throw new RemoteError(
    'dropbox',
    'bad_answer',
    `Dropbox answered ${route} oddly: ${field} ${issue?.message}`,
  );
};

/** The same for a text that should be JSON. */
export const parseJsonAnswer = <T>(schema: z.ZodType<T>, text: string, route: string): T => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RemoteError(
      'dropbox',
      'bad_answer',
      `Dropbox answered ${route} with something that is not JSON.`,
    );
  }
  return parseAnswer(schema, value, route);
};
