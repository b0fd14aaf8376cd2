import { createHash } from 'node:crypto';
import { answerOf, type Harness, startHarness } from './dropboxHarness';

const APP = { key: 'test-app-key', secret: 'test-app-secret' };
const VERIFIER = 'v'.repeat(64);
const REDIRECT = 'http://127.0.0.1:1/callback';

let h: Harness;
beforeEach(async () => {
  h = await startHarness({ app: APP });
});
afterEach(() => h.stop());

const authorizeUrl = (extra: Record<string, string> = {}): string =>
  `${h.box.webUrl}/oauth2/authorize?${new URLSearchParams({
    client_id: APP.key,
    response_type: 'code',
    redirect_uri: REDIRECT,
    state: 'st&te',
    token_access_type: 'offline',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  })}`;

async function decide(choice: 'allow' | 'deny', url = authorizeUrl()): Promise<URL> {
  const page = await (await fetch(url)).text();
  const link = new RegExp(`id="${choice}" href="([^"]+)"`).exec(page)?.[1] ?? '';
  const query = link.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const answer = await fetch(`${h.box.webUrl}/oauth2/authorize${query}`, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}

const token = async (form: Record<string, string>, headers: Record<string, string> = {}) =>
  answerOf(
    await fetch(`${h.box.apiUrl}/oauth2/token`, { method: 'POST', headers, body: new URLSearchParams(form) }),
  );

const exchange = (code: string, extra: Record<string, string> = {}) =>
  token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT,
    client_id: APP.key,
    client_secret: APP.secret,
    code_verifier: VERIFIER,
    ...extra,
  });

test('allow, exchange once, refresh without rotation', async () => {
  const back = await decide('allow');
  expect(back.searchParams.get('state')).toBe('st&te');
  const code = back.searchParams.get('code') ?? '';
  const granted = await exchange(code);
  expect(granted.json).toMatchObject({
    token_type: 'bearer',
    expires_in: 14_400,
    uid: '12345678',
    account_id: h.accountId,
  });
  expect((await exchange(code)).json.error).toBe('invalid_grant');
  const refresh = {
    grant_type: 'refresh_token',
    refresh_token: String(granted.json.refresh_token),
    client_id: APP.key,
    client_secret: APP.secret,
  };
  const renewed = await token(refresh);
  expect(Object.keys(renewed.json).sort()).toEqual(['access_token', 'expires_in', 'token_type']);
  h.token = String(renewed.json.access_token);
  expect((await h.rpc('users/get_current_account')).status).toBe(200);
  const refused = await token({ ...refresh, redirect_uri: REDIRECT });
  expect([refused.status, String(refused.json.error_description)]).toEqual([
    400,
    'unknown field "redirect_uri"',
  ]);
  expect((await token({ ...refresh, client_secret: 'wrong' })).json.error).toBe('invalid_client');
  const unauthenticated = { ...refresh, client_secret: '' };
  Reflect.deleteProperty(unauthenticated, 'client_secret');
  expect((await token(unauthenticated)).json.error).toBe('invalid_request');
  expect((await token({ ...refresh, refresh_token: '?' })).json.error_description).toBe(
    'refresh token is malformed',
  );
  const basic = Buffer.from(`${APP.key}:${APP.secret}`).toString('base64');
  expect((await token(refresh, { authorization: `Basic ${basic}` })).status).toBe(200);
});

test('deny comes back as access_denied with the state', async () => {
  const back = await decide('deny');
  expect(back.searchParams.get('error')).toBe('access_denied');
  expect(back.searchParams.get('state')).toBe('st&te');
});

test('a code is bound to its redirect URI and its challenge, and ends', async () => {
  const fresh = async () => (await decide('allow')).searchParams.get('code') ?? '';
  expect((await exchange(await fresh(), { redirect_uri: `${REDIRECT}2` })).json.error).toBe('invalid_grant');
  expect((await exchange(await fresh(), { code_verifier: 'w'.repeat(64) })).json.error).toBe('invalid_grant');
  const late = await fresh();
  await h.control('POST', '/clock', { advanceMs: 600_001 });
  expect((await exchange(late)).json.error).toBe('invalid_grant');
});

test('without offline there is no refresh token', async () => {
  const back = await decide('allow', authorizeUrl({ token_access_type: 'online' }));
  const granted = await exchange(back.searchParams.get('code') ?? '');
  expect(granted.status).toBe(200);
  expect(granted.json.refresh_token).toBeUndefined();
});

test('only control can make the page answer by itself', async () => {
  expect((await fetch(authorizeUrl({ auto: 'allow' }), { redirect: 'manual' })).status).toBe(200);
  await h.control('POST', '/authorize', { auto: 'allow' });
  const answer = await fetch(authorizeUrl(), { redirect: 'manual' });
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
});
