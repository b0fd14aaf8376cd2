import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const cursorSchema = z.strictObject({
  account: z.string(),
  /** Id of the folder that the call's `''` meant. */
  base: z.string(),
  /** The folder that is listed: its id, and its path key when it was named by path. */
  root: z.string(),
  rootPath: z.string(),
  byId: z.boolean(),
  recursive: z.boolean(),
  includeDeleted: z.boolean(),
  downloadableOnly: z.boolean(),
  limit: z.number().int(),
  /** Journal position; the first listing began at it. */
  seq: z.number().int(),
  /** Keys of the last listed object while the first listing goes on, `null` afterwards. */
  after: z.array(z.string()).nullable(),
  /** Path key of the last listed deleted object, once the living are through. */
  deletedAfter: z.string().nullable(),
});

export type Cursor = z.infer<typeof cursorSchema>;

const sign = (secret: string, payload: string): Buffer =>
  createHmac('sha256', secret).update(payload).digest().subarray(0, 16);

/** Opaque to the caller, and nobody else can make one. */
export function sealCursor(secret: string, cursor: Cursor): string {
  const payload = Buffer.from(JSON.stringify(cursor)).toString('base64url');
  return `AA${sign(secret, payload).toString('hex')}${payload}`;
}

/** `null` for anything that `sealCursor` did not make with this secret. */
export function openCursor(secret: string, text: string): Cursor | null {
  if (!/^AA[0-9a-f]{32}[\w-]+$/.test(text)) return null;
  const payload = text.slice(34);
  if (!timingSafeEqual(Buffer.from(text.slice(2, 34), 'hex'), sign(secret, payload))) return null;
  return cursorSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
}
