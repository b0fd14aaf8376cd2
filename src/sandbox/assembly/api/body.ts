import type { z } from 'zod';
import { refusal } from '../http/refusal';

/** Checks a body whose keys may be in any case against a schema with lower-case keys. Unknown keys are ignored. */
export const parseBody = <S extends z.ZodType>(schema: S, body: Record<string, unknown>): z.infer<S> => {
  const lowered = Object.fromEntries(Object.entries(body).map(([key, value]) => [key.toLowerCase(), value]));
  const result = schema.safeParse(lowered);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refusal(400, `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'not valid'}`);
};
