import { createHash, timingSafeEqual } from 'node:crypto';
import { appFolderOf } from './api/authorise';
import { type Body, readAll } from './http/body';
import { htmlReply, jsonReply, type Reply, redirect } from './http/reply';
import type { Account } from './model/account';
import { namespaceNode } from './model/account';
import { newFileId, newToken } from './model/ids';
import type { AppRecord, AuthCode, Change } from './model/types';
import type { Service } from './service';

const CODE_LIFE_MS = 10 * 60_000;
const MAX_FORM = 64 * 1024;

const refuse = (error: string, description: string): Reply =>
  jsonReply({ error, error_description: description }, 400);

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * The authorize page: two links, Allow and Deny, or an immediate redirect where control has switched that on.
 * The person behind it is the account named by `account`, otherwise the first one.
 */
export function authorizePage(service: Service, query: URLSearchParams): Reply {
  const app = service.world.apps.get(query.get('client_id') ?? '');
  if (!app) return htmlReply('<h1>Invalid client_id</h1>', 400);
  if (query.get('response_type') !== 'code') return htmlReply('<h1>Invalid response_type</h1>', 400);
  const account = accountFor(service, query.get('account'));
  if (!account) return htmlReply('<h1>No such account</h1>', 400);
  const decision = query.get('decision') ?? service.autoAuthorize;
  if (decision === 'allow') return allow(service, app, account, query);
  if (decision === 'deny')
    return back(query, { error: 'access_denied', error_description: 'The user denied it' });
  const link = (choice: string): string => {
    const params = new URLSearchParams(query);
    params.set('decision', choice);
    return escapeHtml(`?${params.toString()}`);
  };
  return htmlReply(
    `<!doctype html><meta charset="utf-8"><title>Dropbox sandbox</title>` +
      `<h1>${escapeHtml(app.name)} asks for access</h1><p>to the files of ${escapeHtml(account.record.email)}</p>` +
      `<p><a id="allow" href="${link('allow')}">Allow</a> <a id="deny" href="${link('deny')}">Deny</a></p>`,
  );
}

const accountFor = (service: Service, wanted: string | null): Account | undefined =>
  wanted === null ? [...service.world.accounts.values()][0] : service.world.accounts.get(wanted);

function back(query: URLSearchParams, answer: Record<string, string>): Reply {
  const target = query.get('redirect_uri');
  if (target === null) return htmlReply(`<p id="answer">${escapeHtml(JSON.stringify(answer))}</p>`);
  const url = new URL(target);
  for (const [key, value] of Object.entries(answer)) url.searchParams.set(key, value);
  const state = query.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return redirect(url.toString());
}

function allow(service: Service, app: AppRecord, account: Account, query: URLSearchParams): Reply {
  const asked = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const code: AuthCode = {
    code: newToken(''),
    app: app.key,
    account: account.record.id,
    redirectUri: query.get('redirect_uri'),
    challenge: query.get('code_challenge'),
    challengeMethod: query.get('code_challenge_method'),
    offline: query.get('token_access_type') === 'offline',
    scopes: asked.length > 0 ? app.scopes.filter((scope) => asked.includes(scope)) : app.scopes,
    expiresAt: service.now().getTime() + CODE_LIFE_MS,
  };
  service.commit([...appFolder(account, app, service.now()), { t: 'code', code }]);
  return back(query, { code: code.code });
}

/** An app-folder app gets its folder when it is connected. */
export function appFolder(account: Account, app: AppRecord, at: Date): Change[] {
  if (!app.appFolder || appFolderOf(account, app)) return [];
  const home = namespaceNode(account, account.record.homeNs) ?? account.root;
  const apps = home.children.get('apps');
  const base = { account: account.record.id, at: at.getTime() };
  const appsId = apps?.id ?? newFileId();
  const folder: Change = {
    t: 'mkdir',
    ...base,
    id: newFileId(),
    parent: appsId,
    name: app.name,
    parentDisplay: '/Apps',
  };
  if (apps) return [folder];
  return [{ t: 'mkdir', ...base, id: appsId, parent: home.id, name: 'Apps', parentDisplay: '' }, folder];
}

/** `POST /oauth2/token`: exchange of a code, or refresh. Arguments as a form, or in the query as the SDK has it. */
export async function tokenEndpoint(
  service: Service,
  headers: Readonly<Record<string, string | undefined>>,
  query: URLSearchParams,
  body: Body,
): Promise<Reply> {
  const form = new URLSearchParams(query);
  const sent = new URLSearchParams((await readAll(body, MAX_FORM)).toString('utf8'));
  for (const [key, value] of sent) form.set(key, value);
  const basic = basicCredentials(headers.authorization);
  const app = service.world.apps.get(basic?.key ?? form.get('client_id') ?? '');
  if (!app) return refuse('invalid_client', 'Invalid client_id or client_secret');
  const secret = basic?.secret ?? form.get('client_secret');
  if (secret !== null && !equal(secret, app.secret)) {
    return refuse('invalid_client', 'Invalid client_id or client_secret');
  }
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return exchange(service, app, form, secret !== null);
    case 'refresh_token':
      return refresh(service, app, form, secret !== null);
    default:
      return refuse('unsupported_grant_type', 'grant_type is missing or not known');
  }
}

function basicCredentials(header: string | undefined): { key: string; secret: string } | null {
  const match = /^Basic (.+)$/.exec(header ?? '');
  if (!match) return null;
  const [key = '', secret = ''] = Buffer.from(match[1] ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return { key, secret };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

function exchange(service: Service, app: AppRecord, form: URLSearchParams, authenticated: boolean): Reply {
  const code = service.world.codes.get(form.get('code') ?? '');
  const problem = codeProblem(service, app, code, form, authenticated);
  if (problem || !code) return problem ?? refuse('invalid_grant', "code doesn't exist or has expired");
  const refreshToken = newToken('');
  const access = newToken('sl.');
  const now = service.now().getTime();
  const { scopes } = code;
  const changes: Change[] = [{ t: 'codeUsed', code: code.code }];
  const grant = { app: app.key, account: code.account, scopes };
  if (code.offline) {
    changes.push({ t: 'refresh', refresh: { token: refreshToken, publicClient: !authenticated, ...grant } });
  }
  const seconds = service.switches().accessTokenSeconds;
  const expiresAt = now + seconds * 1_000;
  const parent = code.offline ? refreshToken : null;
  changes.push({ t: 'access', access: { token: access, ...grant, refresh: parent, expiresAt } });
  service.commit(changes);
  return jsonReply({
    access_token: access,
    token_type: 'bearer',
    expires_in: seconds,
    ...(code.offline ? { refresh_token: refreshToken } : {}),
    scope: scopes.join(' '),
    uid: String(service.world.accounts.get(code.account)?.record.uid ?? 0),
    account_id: code.account,
  });
}

function codeProblem(
  service: Service,
  app: AppRecord,
  code: AuthCode | undefined,
  form: URLSearchParams,
  authenticated: boolean,
): Reply | null {
  if (!code || code.expiresAt <= service.now().getTime()) {
    return refuse('invalid_grant', "code doesn't exist or has expired");
  }
  if (code.app !== app.key) return refuse('invalid_grant', 'code was issued to another client');
  if (code.redirectUri !== form.get('redirect_uri')) return refuse('invalid_grant', 'redirect_uri mismatch');
  const verifier = form.get('code_verifier');
  if (code.challenge === null) {
    return authenticated ? null : refuse('invalid_request', 'No auth function available for given request');
  }
  if (verifier === null) return refuse('invalid_grant', 'code_verifier is missing');
  const answer = code.challengeMethod === 'S256' ? digest(verifier).toString('base64url') : verifier;
  return equal(answer, code.challenge) ? null : refuse('invalid_grant', 'invalid code verifier');
}

function refresh(service: Service, app: AppRecord, form: URLSearchParams, authenticated: boolean): Reply {
  if (form.has('redirect_uri')) return refuse('invalid_request', 'unknown field "redirect_uri"');
  const text = form.get('refresh_token') ?? '';
  if (!/^[\w-]{10,}$/.test(text)) return refuse('invalid_grant', 'refresh token is malformed');
  const known = service.world.refreshTokens.get(text);
  if (!known || known.app !== app.key) return refuse('invalid_grant', 'refresh token is invalid or revoked');
  if (!authenticated && !known.publicClient) {
    return refuse('invalid_request', 'No auth function available for given request');
  }
  const asked = form.get('scope')?.split(' ');
  const scopes = asked ? known.scopes.filter((scope) => asked.includes(scope)) : known.scopes;
  const seconds = service.switches().accessTokenSeconds;
  const token = newToken('sl.');
  const expiresAt = service.now().getTime() + seconds * 1_000;
  const { account } = known;
  service.commit([
    { t: 'access', access: { token, app: app.key, account, scopes, refresh: known.token, expiresAt } },
  ]);
  return jsonReply({ access_token: token, token_type: 'bearer', expires_in: seconds });
}
