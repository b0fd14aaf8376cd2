import { z } from 'zod';
import { InvalidRequest } from './problem';
import { isStorable } from './schemas';

const ItemCursor = z.tuple([z.string().max(8_192).refine(isStorable), z.uuid()]);

/** Opaque to callers: where the page before ended. */
export const encodeItemCursor = (at: { path: string; id: string }): string =>
  Buffer.from(JSON.stringify([at.path, at.id]), 'utf8').toString('base64url');

/** Throws `invalid_request` for anything that `encodeItemCursor` did not make. */
export function decodeItemCursor(cursor: string): { path: string; id: string } {
  const [path, id] = parse(ItemCursor, cursor);
  return { path, id };
}

function parse<T>(schema: z.ZodType<T>, cursor: string): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw badCursor();
  }
  const result = schema.safeParse(value);
  if (!result.success) throw badCursor();
  return result.data;
}

const badCursor = (): InvalidRequest =>
  new InvalidRequest([{ pointer: '/cursor', detail: 'Give the nextCursor of the page before, or none.' }]);
