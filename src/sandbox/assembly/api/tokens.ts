import { z } from 'zod';
import { refusal } from '../http/refusal';

const tokenSchema = z.object({
  /** What the token continues: a token is good for this list only. */
  list: z.string(),
  /** Where the page before ended; `null`: nowhere yet. */
  after: z.union([z.string(), z.number()]).nullable(),
  /** When it was given out, milliseconds since 1970. */
  at: z.number(),
});

export type PageToken = z.infer<typeof tokenSchema>;

/** Opaque to clients. */
export const encodeToken = (token: PageToken): string =>
  Buffer.from(JSON.stringify(token)).toString('base64url');

/** Refuses with 400 a token that is not ours, continues another list, or is older than `lifetimeMs` (0: never). */
export const decodeToken = (text: string, list: string, nowMs: number, lifetimeMs: number): PageToken => {
  const token = tokenSchema.safeParse(parse(text)).data;
  if (token?.list !== list) throw refusal(400, 'nextToken is not valid');
  if (lifetimeMs > 0 && nowMs > token.at + lifetimeMs) throw refusal(400, 'nextToken has expired');
  return token;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
};
