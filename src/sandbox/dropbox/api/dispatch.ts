import type { Body } from '../http/body';
import { readAll } from '../http/body';
import { jsonReply, type Reply, textReply } from '../http/reply';
import { BodyTooLarge } from '../model/blobs';
import { Contention } from '../model/locks';
import type { Service } from '../service';
import { authorise, parseJson } from './authorise';
import type { Call, Route } from './call';
import { badRequest, conflictBody, Failure, RouteError, tooMany } from './failure';
import { accountRoutes } from './routes/account';
import { downloadRoutes } from './routes/download';
import { listFolderRoutes } from './routes/listFolder';
import { metadataRoutes } from './routes/metadata';
import { treeRoutes } from './routes/tree';
import { uploadRoutes } from './routes/upload';
import { uploadBatchRoutes } from './routes/uploadBatch';

const MAX_RPC_BODY = 8 * 1024 * 1024;

export const ROUTES: Readonly<Record<string, Route>> = {
  ...accountRoutes,
  ...listFolderRoutes,
  ...metadataRoutes,
  ...treeRoutes,
  ...uploadRoutes,
  ...uploadBatchRoutes,
  ...downloadRoutes,
};

export interface Incoming {
  readonly method: string;
  readonly route: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly origin: string;
}

/** Answers one call of a route, whatever happens inside. `seen` is told the account as soon as it is known. */
export async function dispatch(
  service: Service,
  route: Route,
  incoming: Incoming,
  seen: (account: string) => void,
): Promise<Reply> {
  try {
    const authorised = authorise(service, incoming.route, route.scope, incoming.headers);
    seen(authorised.view.account.record.id);
    const rawArgs = await readArgs(route, incoming);
    const call: Call = {
      service,
      route: incoming.route,
      ...authorised,
      headers: incoming.headers,
      body: incoming.body,
      origin: incoming.origin,
    };
    const outcome = await route.run(call, rawArgs);
    return 'reply' in outcome ? outcome.reply : jsonReply(outcome.json ?? null);
  } catch (error) {
    return refusal(service, route.contention, incoming.route, error);
  }
}

/** The answer for a failure; anything that is not one is a defect of the sandbox and is thrown on. */
export function refusal(
  service: Service,
  contention: Route['contention'],
  routeName: string,
  error: unknown,
): Reply {
  if (error instanceof Failure) return failureReply(error);
  if (error instanceof RouteError) {
    const tagged = service.switches().unknownTags ? { tags: ['brand_new_tag'] } : error.tagged;
    return jsonReply(conflictBody(tagged), 409);
  }
  if (error instanceof Contention) {
    const tags = ['too_many_write_operations'];
    if (contention === '409') return jsonReply(conflictBody({ tags }), 409);
    return failureReply(tooMany('too_many_write_operations', 1));
  }
  if (error instanceof BodyTooLarge) {
    return failureReply(badRequest(routeName, 'request body: too large'));
  }
  throw error;
}

const failureReply = ({ status, body, headers }: Failure): Reply =>
  typeof body === 'string' ? textReply(body, status, headers) : jsonReply(body, status, headers);

async function readArgs(route: Route, incoming: Incoming): Promise<unknown> {
  return route.style === 'rpc' ? rpcArgs(incoming) : headerArgs(route, incoming);
}

async function rpcArgs({ route, headers, body }: Incoming): Promise<unknown> {
  const text = (await readAll(body, MAX_RPC_BODY)).toString('utf8');
  const type = headers['content-type']?.split(';')[0]?.trim();
  if (text === '' && type === undefined) return null;
  const known = ['application/json', 'text/plain'];
  if (type === undefined || !known.includes(type)) {
    throw badRequest(
      route,
      `Bad HTTP "Content-Type" header: "${type ?? ''}". Expecting one of "application/json".`,
    );
  }
  const value = parseJson(text);
  if (value === undefined) throw badRequest(route, 'request body: could not decode input as JSON');
  return value;
}

function headerArgs(route: Route, { route: name, headers, query, method }: Incoming): unknown {
  const inHeader = headers['dropbox-api-arg'];
  const inQuery = query.get('arg');
  if (inHeader !== undefined && inQuery !== null) {
    throw badRequest(
      name,
      'You provided both the HTTP header "Dropbox-API-Arg" and the URL parameter "arg".',
    );
  }
  const text = inHeader ?? inQuery;
  if (text === null || text === undefined) {
    throw badRequest(name, 'Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg".');
  }
  // Two of the same header arrive joined by a comma, which is no JSON either.
  const value = isAscii(inHeader ?? '') ? parseJson(text) : undefined;
  if (value === undefined)
    throw badRequest(name, 'HTTP header "Dropbox-API-Arg": could not decode input as JSON');
  const type = headers['content-type']?.split(';')[0]?.trim();
  if (route.style === 'upload' && method === 'POST' && type !== 'application/octet-stream') {
    const expected = 'Expecting one of "application/octet-stream".';
    throw badRequest(name, `Bad HTTP "Content-Type" header: "${type ?? ''}". ${expected}`);
  }
  return value;
}

const isAscii = (text: string): boolean => [...text].every((c) => c <= '\u007e');
