import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { readAppToken } from '../assembly/appToken';
import { CairnError } from '../domain/errors';
import type { ApiDeps } from './deps';
import { InvalidRequest } from './problem';

/** Who calls, and the only portal that the call may touch. */
export interface Caller {
  readonly kind: 'staff' | 'operator';
  readonly portalId: string;
}

type AuthDeps = Pick<ApiDeps, 'config' | 'now'>;

/** As in app tokens: the id becomes part of a header and of workflow ids. */
const PORTAL_ID = /^[\x21-\x2e\x30-\x7e]{1,255}$/;

/** Compares without telling by its duration where two texts differ, nor how long the expected one is. */
export const sameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/**
 * The caller of an API route: an operator by bearer token and `portalId`, or a portal's staff by `X-Assembly-Token`.
 * Throws `unauthorized`; `invalid_request` where an operator names no portal; `not_found` where staff names another.
 */
export function authenticate(deps: AuthDeps, req: Request): Caller {
  const authorization = req.get('authorization');
  if (authorization !== undefined) return operator(deps, authorization, req);
  const caller = staffOf(deps, req.get('x-assembly-token'));
  if (caller === null) throw new CairnError('unauthorized');
  const named = req.query.portalId;
  if (named !== undefined && named !== caller.portalId) throw new CairnError('not_found');
  return caller;
}

/** The caller of a page: the token is in the address, since a browser's navigation has no headers of ours. */
export function authenticatePage(deps: AuthDeps, req: Request): Caller {
  if (req.get('authorization') !== undefined) return authenticate(deps, req);
  const token = req.query.token;
  const caller = staffOf(deps, typeof token === 'string' ? token : undefined);
  if (caller === null) throw new CairnError('unauthorized');
  return caller;
}

function staffOf({ config, now }: AuthDeps, token: string | undefined): Caller | null {
  const { apiKey } = config.assembly;
  if (token === undefined || apiKey === undefined) return null;
  const read = readAppToken(token, apiKey, now().getTime());
  // A client of the portal has a token too, and no business here.
  if (read?.internalUserId === undefined) return null;
  return { kind: 'staff', portalId: read.workspaceId };
}

function operator({ config }: AuthDeps, authorization: string, req: Request): Caller {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (config.operatorToken === undefined || token === undefined || !sameSecret(token, config.operatorToken)) {
    throw new CairnError('unauthorized');
  }
  const portalId = req.query.portalId;
  if (typeof portalId !== 'string' || !PORTAL_ID.test(portalId)) {
    throw new InvalidRequest([{ pointer: '/portalId', detail: 'Name one portal by ?portalId=.' }]);
  }
  return { kind: 'operator', portalId };
}
