import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type Answer, OPERATOR, startApi, type TestApi } from '../api/harness';
import { createPortalData, MARK, type PortalData, rowsOf } from './portalData';

interface Operation {
  readonly parameters?: readonly { name: string; in: string }[];
  readonly requestBody?: object;
  readonly security: readonly object[];
}

/** A body that each route with one would take, so that the id alone decides. A new route needs a line here. */
const BODIES: Record<string, object[]> = {
  'patch /api/syncs/{id}': [{ state: 'paused' }, { state: 'active' }],
  'post /api/syncs/{id}/approve': [{ haltId: '11111111-1111-4111-8111-111111111111' }],
};
/** A stream of events, which never ends; what it tells is tested where streams are read. */
const ENDLESS = '/api/events';
/** The page's files, the same for everybody. */
const ASSETS = '/assets/{name}';
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

let database: TestDatabase;
let api: TestApi;
let statements = 0;
let owner: PortalData;
let stranger: PortalData;
let routes: [string, string, Operation][];

beforeAll(async () => {
  database = await createTestDatabase({ onStatement: () => (statements += 1) });
  api = await startApi(database.store);
  owner = await createPortalData(database.store);
  stranger = await createPortalData(database.store, 'other');
  const { paths } = (await api.call('GET', '/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [method, path, operation] as [string, string, Operation],
    ),
  );
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

type Caller = (method: string, path: string, body?: object) => Promise<Answer>;

const staff: Caller = (method, path, body) => api.as(stranger.portalId)(method.toUpperCase(), path, body);
const operator: Caller = (method, path, body) =>
  api.call(method.toUpperCase(), `${path}${path.includes('?') ? '&' : '?'}portalId=${stranger.portalId}`, {
    headers: {
      authorization: `Bearer ${OPERATOR}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** All that a caller can tell two answers apart by: status, head, body, and the work that stood behind it. */
async function seen(caller: Caller, method: string, path: string, body?: object) {
  const before = statements;
  const { status, headers, text } = await caller(method, path, body);
  const { date: _date, 'x-request-id': requestId, ...head } = headers;
  return {
    status,
    head,
    body: text.replaceAll(String(requestId), 'the request id'),
    statements: statements - before,
  };
}

const filled = (path: string, ids: Record<string, string>): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? `no ${name}`);

/** Every combination in which at least one id of the path is the owner's, with the one where each is nobody's. */
function pairs(path: string): { told: string; unknown: string }[] {
  const nobody: Record<'id' | 'itemId', string> = { id: randomUUID(), itemId: randomUUID() };
  const all = [{ ...nobody, id: owner.syncId }];
  if (path.includes('{itemId}')) {
    all.push({ id: owner.syncId, itemId: owner.items.inside });
    all.push({ id: stranger.syncId, itemId: owner.items.inside });
  }
  return all.map((ids) => ({
    told: filled(path, ids),
    unknown: filled(path, { id: ids.id === stranger.syncId ? ids.id : nobody.id, itemId: nobody.itemId }),
  }));
}

test.each([
  ['staff', staff],
  ['an operator', operator],
])('for %s of another portal an id that exists is one that does not', async (_who, caller) => {
  const before = await rowsOf(database.store, owner.portalId);
  const withIds = [...new Set(routes.map(([, path]) => path).filter((path) => path.includes('{')))].filter(
    (path) => path !== ASSETS,
  );
  expect(withIds.length).toBeGreaterThanOrEqual(8);
  for (const path of withIds) {
    for (const method of METHODS) {
      const operation = routes.find(([m, p]) => p === path && m === method)?.[2];
      const bodies = operation?.requestBody === undefined ? [undefined] : BODIES[`${method} ${path}`];
      if (bodies === undefined) throw new Error(`${method} ${path} takes a body; add one to BODIES`);
      for (const body of bodies) {
        for (const { told, unknown } of pairs(path)) {
          const [theirs, nobodys] = [
            await seen(caller, method, told, body),
            await seen(caller, method, unknown, body),
          ];
          expect([method, path, theirs]).toEqual([method, path, nobodys]);
          const served =
            operation !== undefined ||
            (method === 'head' && routes.some(([m, p]) => p === path && m === 'get'));
          expect([method, path, theirs.status]).toEqual([method, path, served ? 404 : 405]);
        }
      }
    }
  }
  expect(await rowsOf(database.store, owner.portalId)).toBe(before);
  expect([api.temporal.hints, api.temporal.resyncs]).toEqual([[], []]);
});

test('no list of a portal tells of another, whatever cursor is given', async () => {
  const lists = routes.filter(
    ([method, path, { security }]) =>
      method === 'get' && !path.includes('{') && security.length > 0 && path !== ENDLESS,
  );
  expect(lists.length).toBeGreaterThanOrEqual(5);
  for (const [, path, { parameters = [] }] of lists) {
    const queries = [
      '',
      ...(parameters.some(({ name }) => name === 'cursor') ? [`?cursor=${owner.syncId}`] : []),
    ];
    for (const query of queries) {
      const { text } = await staff('get', `${path}${query}`);
      for (const secret of [MARK, owner.portalId, ...(query === '' ? [owner.syncId] : [])]) {
        expect([path, text.includes(secret)]).toEqual([path, false]);
      }
    }
  }
});

test('every route that needs a caller says so, and no other serves a path with an id', () => {
  const open = routes
    .filter(([, path, { security }]) => security.length === 0 && path !== ASSETS)
    .map(([method, path]) => `${method} ${path}`);
  for (const route of open) expect(route).not.toContain('{');
});

test('the owner gets other answers than a stranger: the walk could have told', async () => {
  const answer = await api.as(owner.portalId)('GET', `/api/syncs/${owner.syncId}`);
  expect([answer.status, answer.text.includes(MARK)]).toEqual([200, true]);
});
