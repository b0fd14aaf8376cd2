import { z } from 'zod';
import { badRequest } from './failure';

const NS = 'ns:[0-9]+(/.*)?';
const pattern = (source: string) => {
  const expression = new RegExp(`^(?:${source})$`, 's');
  return z.string().refine((text) => expression.test(text), { error: `did not match pattern '${source}'` });
};

export const pathROrId = pattern(`(/.*)?|id:.*|${NS}`);
export const readPath = pattern(`(/.*|id:.*)|(rev:[0-9a-f]{9,})|(${NS})`);
export const writePathOrId = pattern(`(/.*|id:.*)|(${NS})`);
export const writePath = pattern(`(/.*)|(${NS})`);
export const rev = pattern('[0-9a-f]{9,}');
export const timestamp = z.string().refine((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text), {
  error: 'time data does not match format %Y-%m-%dT%H:%M:%SZ',
});
export const contentHash = z.string().length(64);
export const flag = z.boolean().nullish();

/** A void tag may be the bare string. */
export const tag = <const T extends readonly [string, ...string[]]>(tags: T) =>
  z
    .union([z.enum(tags), z.strictObject({ '.tag': z.enum(tags) })])
    .transform((value) => (typeof value === 'object' ? value['.tag'] : value));

const writeMode = z.union([
  tag(['add', 'overwrite']),
  z
    .strictObject({ '.tag': z.literal('update'), update: rev })
    .transform(({ update }): { update: string } => ({ update })),
]);

const commitFields = {
  path: writePathOrId,
  mode: writeMode.nullish(),
  autorename: flag,
  client_modified: timestamp.nullish(),
  mute: flag,
  property_groups: z.array(z.unknown()).nullish(),
  strict_conflict: flag,
};

export const commitInfo = z.strictObject(commitFields);
export const uploadArgs = z.strictObject({ ...commitFields, content_hash: contentHash.nullish() });
export type CommitInfo = z.infer<typeof commitInfo>;

export const sessionCursor = z.strictObject({ session_id: z.string(), offset: z.number().int().min(0) });

/** Arguments of a route without any. */
export const noArgs = z.null();

/** Checks arguments; the refusal names the field as the real service does. */
export function parseArgs<S extends z.ZodType>(
  route: string,
  where: string,
  schema: S,
  raw: unknown,
): z.infer<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw badRequest(route, `${where}: ${describe(parsed.error.issues[0])}`);
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return 'invalid';
  const at = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  if (issue.code === 'unrecognized_keys') return `${at}unknown field '${issue.keys[0] ?? ''}'`;
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.flat().find((inner) => inner.code === 'custom');
    return deepest ? `${at}${deepest.path.join('.')}: ${deepest.message}` : `${at}no union tag matches`;
  }
  return `${at}${issue.message}`;
}
