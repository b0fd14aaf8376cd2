import type { Request } from 'express';
import type { z } from 'zod';
import { CairnError } from '../domain/errors';
import { type FieldError, InvalidRequest } from './problem';
import type { Route } from './route';

/** The parts of a request, parsed by the route's schemas. Throws `not_found` for ids, `invalid_request` for the rest. */
export function parseRequest(route: Route, req: Request): { params: unknown; query: unknown; body: unknown } {
  return {
    params: parseParams(route.params, req.params),
    query: parsePart(route.query, given(req.query)),
    body: parsePart(route.body, req.body),
  };
}

/** An id that is not well formed is one that nothing has. */
function parseParams(schema: z.ZodType | undefined, params: unknown): unknown {
  if (schema === undefined) return {};
  const result = schema.safeParse(params);
  if (!result.success) throw new CairnError('not_found');
  return result.data;
}

/** `?state=` is the same as no state at all. */
const given = (query: Request['query']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

function parsePart(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return {};
  const result = schema.safeParse(value);
  if (!result.success) throw new InvalidRequest(result.error.issues.flatMap(fieldErrors));
  return result.data;
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      detail: 'There is no such field; leave it out.',
    }));
  }
  return [{ pointer: pointerOf(issue.path), detail: issue.message }];
}

/** RFC 6901. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
