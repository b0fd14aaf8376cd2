import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from './api/authorise';
import type { Host } from './api/call';
import { dispatch, ROUTES, refusal } from './api/dispatch';
import { badRequest, summaryOf } from './api/failure';
import { followLink } from './api/routes/download';
import { longpoll } from './api/routes/longpoll';
import type { CallLog } from './callLog';
import type { FaultRule, Faults } from './faults';
import { type Body, drainRest, readAll, requestBody } from './http/body';
import { jsonReply, type Reply, textReply } from './http/reply';
import { send } from './http/send';
import { newToken } from './model/ids';
import { authorizePage, tokenEndpoint } from './oauth';
import type { Service } from './service';

const MAX_LONGPOLL_BODY = 64 * 1024;

const HOSTS: Readonly<Record<string, Host>> = {
  'api.dropboxapi.com': 'api',
  'content.dropboxapi.com': 'content',
  'notify.dropboxapi.com': 'notify',
  'www.dropbox.com': 'web',
  'dropbox.com': 'web',
};

export interface ServerParts {
  readonly service: Service;
  readonly faults: Faults;
  readonly log: CallLog;
  /** Answers what comes in under `/control`. */
  readonly control: (request: ControlRequest) => Promise<Reply>;
}

export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

interface Target {
  readonly host: Host | null;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** One server for all hosts: by path prefix, or by the header `x-sim-host` without one. */
export async function startServer(
  parts: ServerParts,
  port: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    handle(parts, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`sandbox defect: ${String(error)}`);
    });
  });
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 120_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: actual } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${actual}` };
}

function targetOf(request: IncomingMessage): Target {
  const url = new URL(request.url ?? '/', 'http://sandbox.invalid');
  const named = request.headers['x-sim-host'];
  if (typeof named === 'string') {
    return { host: HOSTS[named] ?? null, path: url.pathname, query: url.searchParams };
  }
  const [, prefix = '', ...rest] = url.pathname.split('/');
  const known: Readonly<Record<string, Host>> = {
    api: 'api',
    content: 'content',
    notify: 'notify',
    web: 'web',
    control: 'control',
  };
  return { host: known[prefix] ?? null, path: `/${rest.join('/')}`, query: url.searchParams };
}

async function handle(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = targetOf(request);
  if (target.host === 'control') {
    const body = requestBody(request, null);
    const reply = await parts.control({
      method: request.method ?? '',
      body,
      path: target.path,
      query: target.query,
    });
    drainRest(request);
    await send(response, reply, null, true);
    return;
  }
  await remoteCall(parts, target, request, response);
}

/** The name under which a call is logged and struck by faults. */
const routeName = ({ path }: Target): string =>
  path.replace(/^\/(2\/)?/, '').replace(/^apitl\/1\/.*/, 'apitl');

async function remoteCall(
  parts: ServerParts,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { service, faults, log } = parts;
  const route = routeName(target);
  const token = service.world.accessTokens.get(request.headers.authorization?.slice(7) ?? '');
  const fault = faults.pick(route, token?.account ?? null);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const body = requestBody(request, bodyFault(fault, request, gone.signal));
  const started = service.now().toISOString();
  let account = token?.account ?? null;
  let status = 0;
  let bytesOut = 0;
  try {
    if (token) strikeToken(service, fault, token.token);
    const early = fault?.when === 'before' ? await strike(fault, request, body, gone.signal) : 'go on';
    if (early === 'broken') return;
    let reply = early === 'go on' ? await answer() : early;
    if (fault?.when === 'after') {
      const late = await strike(fault, request, body, gone.signal);
      if (late === 'broken') return;
      if (late !== 'go on') reply = late;
    }
    status = reply.status;
    const extra = { 'x-dropbox-request-id': newToken('').slice(0, 32) };
    const headers = { ...reply.headers, ...extra };
    if (fault?.action === 'no_result') Reflect.deleteProperty(headers, 'dropbox-api-result');
    drainRest(request);
    bytesOut = await send(response, { ...reply, headers }, fault, request.method !== 'HEAD');
  } catch (error) {
    if (!gone.signal.aborted && !request.socket.destroyed) throw error;
  } finally {
    const struck = fault ? { fault: `${fault.when}/${fault.action}` } : {};
    log.add({ at: started, route, status, account, bytesIn: body.seen(), bytesOut, ...struck });
  }

  async function answer(): Promise<Reply> {
    return answerRemote(parts, target, request, body, gone.signal, (id) => {
      account = id;
    });
  }
}

async function answerRemote(
  { service }: ServerParts,
  target: Target,
  request: IncomingMessage,
  body: Body,
  gone: AbortSignal,
  seen: (account: string) => void,
): Promise<Reply> {
  const { host, path, query } = target;
  const method = request.method ?? '';
  const headers = flatten(request);
  if (host === 'web' && path === '/oauth2/authorize' && method === 'GET')
    return authorizePage(service, query);
  if (host === 'content' && path.startsWith('/apitl/1/'))
    return followLink(service, path.slice(9), headers.range);
  if (host === 'api' && path === '/oauth2/token' && method === 'POST') {
    return tokenEndpoint(service, headers, query, body);
  }
  if (!path.startsWith('/2/')) return textReply('Not Found', 404);
  const name = path.slice(3);
  if (host === 'notify' && name === 'files/list_folder/longpoll' && method === 'POST') {
    return pollReply(service, body, gone);
  }
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  if (!route || route.host !== host) return textReply('Not Found', 404);
  const allowed = method === 'POST' || (method === 'GET' && route.style === 'download');
  if (!allowed) return refusal(service, '409', name, badRequest(name, 'Your request must be a POST.'));
  const origin = `http://${headers.host ?? '127.0.0.1'}`;
  return dispatch(service, route, { method, route: name, headers, query, body, origin }, seen);
}

async function pollReply(service: Service, body: Body, gone: AbortSignal): Promise<Reply> {
  try {
    const args = parseJson((await readAll(body, MAX_LONGPOLL_BODY)).toString('utf8'));
    return jsonReply(await longpoll(service, args, gone));
  } catch (error) {
    return refusal(service, '409', 'files/list_folder/longpoll', error);
  }
}

const flatten = (request: IncomingMessage): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );

function bodyFault(fault: FaultRule | null, request: IncomingMessage, gone: AbortSignal) {
  if (fault?.action !== 'stall' && fault?.action !== 'cut') return null;
  const strike = async (): Promise<void> => {
    if (fault.action === 'stall') return untilGone(gone);
    request.socket.resetAndDestroy();
    throw new Error('the connection was cut');
  };
  return { afterBytes: fault.afterBytes ?? 0, strike };
}

const untilGone = async (gone: AbortSignal): Promise<void> => {
  if (!gone.aborted) await once(gone, 'abort');
};

function strikeToken(service: Service, fault: FaultRule | null, token: string): void {
  if (fault?.action === 'expire_token') service.commit([{ t: 'expire', token }]);
  if (fault?.action === 'revoke_token') service.commit([{ t: 'revoke', token }]);
}

/** Carries out a fault: a reply in place of the real one, a broken connection, or nothing that concerns this step. */
async function strike(
  fault: FaultRule,
  request: IncomingMessage,
  body: Body,
  gone: AbortSignal,
): Promise<Reply | 'go on' | 'broken'> {
  switch (fault.action) {
    case 'reset':
      request.socket.resetAndDestroy();
      return 'broken';
    case 'hang':
      await untilGone(gone);
      return 'broken';
    case 'status':
      await drain(fault, body);
      return statusReply(fault);
    case 'throttle':
      await drain(fault, body);
      return throttleReply(fault);
    case 'delay':
      await sleep(fault.delayMs, undefined, { signal: gone }).catch(() => undefined);
      return 'go on';
    default:
      return 'go on';
  }
}

/** Before the effect the body is read all the same, so that the caller sees the answer and not a broken pipe. */
async function drain(fault: FaultRule, body: Body): Promise<void> {
  if (fault.when !== 'before') return;
  for await (const chunk of body) void chunk;
}

function statusReply({ status, body, headers, retryAfter }: FaultRule): Reply {
  const wait: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  const own = { ...wait, ...headers };
  return typeof body === 'string' ? textReply(body, status, own) : jsonReply(body, status, own);
}

function throttleReply({ reason, retryAfter, shape }: FaultRule): Reply {
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (shape === 'empty') return { status: 429, headers, body: '' };
  if (shape === 'text') return textReply(reason, 429, headers);
  const error = {
    reason: { '.tag': reason },
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
  };
  return jsonReply({ error_summary: summaryOf([reason]), error }, 429, headers);
}
