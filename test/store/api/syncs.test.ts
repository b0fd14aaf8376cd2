import { createTestDatabase, type TestDatabase } from '../../support/database';
import { channel, connect, folder, OPERATOR, startApi, type TestApi } from './harness';

let db: TestDatabase;
let api: TestApi;
let n = 0;
/** A fresh portal for each test. */
const newPortal = async (): Promise<string> => {
  n += 1;
  const portalId = `ws_${n}`;
  await connect(db.store, portalId);
  return portalId;
};

beforeAll(async () => {
  db = await createTestDatabase();
  api = await startApi(db.store);
  for (const path of ['/Team', '/Team/Sub', '/Other', '/Straße', '/Big']) {
    api.remotes.folders.set(path.toLowerCase(), folder(path));
  }
  api.remotes.files.set('/file.txt', {
    tag: 'file',
    id: 'id:f',
    name: 'file.txt',
    pathLower: '/file.txt',
    pathDisplay: '/file.txt',
    rev: '1',
    size: 1,
    hash: null,
    downloadable: true,
  });
  for (const id of ['us/c1', 'us/c2', 'us/c3']) api.remotes.channels.set(id, channel(id));
});
afterAll(async () => {
  await api.close();
  await db.drop();
});
beforeEach(() => {
  api.temporal.hints.length = 0;
  api.temporal.broken = false;
});

interface Sync {
  id: string;
  state: string;
  dropboxPath: string;
  haltId?: string;
  haltReason?: string;
  haltItems?: { count: number };
  resyncing: boolean;
  progress: Record<string, number>;
}

const create = (portalId: string, assemblyChannelId = 'us/c1', dropboxPath = '/Team') =>
  api.as(portalId)('POST', '/api/syncs', { assemblyChannelId, dropboxPath });

const made = async (portalId: string): Promise<Sync> => (await create(portalId)).json<Sync>();

const setRow = (id: string, data: Parameters<typeof db.store.prisma.channelSync.update>[0]['data']) =>
  db.store.prisma.channelSync.update({ where: { id }, data });

describe('POST /api/syncs', () => {
  test('maps a channel to a folder and asks for the first look', async () => {
    const portal = await newPortal();
    const answer = await create(portal);
    expect(answer.status).toBe(201);
    const sync = answer.json<Sync>();
    expect(answer.headers.location).toBe(`/api/syncs/${sync.id}`);
    expect(sync).toMatchObject({
      portalId: portal,
      assemblyChannelId: 'us/c1',
      dropboxPath: '/Team',
      dropboxRootId: 'id:/team',
      state: 'initial',
      lastConvergedAt: null,
      resyncing: false,
      progress: { total: 0, settled: 0, pending: 0, retrying: 0, stuck: 0, unsyncable: 0, conflicts: 0 },
    });
    expect(api.temporal.hints).toEqual([
      { ref: { portalId: portal, syncId: sync.id }, hint: { kind: 'look', origin: 'initial' } },
    ]);
    const row = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id: sync.id } });
    expect(row).toMatchObject({ lookWanted: true, dbxRootKey: '/team', dbxAccountId: 'dbid:A' });
  });

  test('stands although Temporal could not be told', async () => {
    api.temporal.broken = true;
    expect((await create(await newPortal())).status).toBe(201);
  });

  test.each([
    ['the same channel', 'us/c1', '/Other'],
    ['the same folder', 'us/c2', '/team'],
    ['a folder in a mapped one', 'us/c2', '/TEAM/sub'],
  ])('refuses %s', async (_name, channelId, path) => {
    const portal = await newPortal();
    await create(portal);
    const answer = await create(portal, channelId, path);
    expect([answer.status, answer.json().code]).toEqual([409, 'mapping_taken']);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test('refuses a folder that contains a mapped one', async () => {
    const portal = await newPortal();
    await create(portal, 'us/c1', '/Team/Sub');
    expect((await create(portal, 'us/c2', '/Team')).json().code).toBe('mapping_taken');
  });

  test('lets another portal map the same folder', async () => {
    await create(await newPortal());
    expect((await create(await newPortal())).status).toBe(201);
  });

  test('answers two requests at once with one 201 and one 409', async () => {
    const portal = await newPortal();
    const statuses = await Promise.all([create(portal), create(portal)]);
    expect(statuses.map(({ status }) => status).sort()).toEqual([201, 409]);
    const nested = await newPortal();
    const answers = await Promise.all([
      create(nested, 'us/c1', '/Team'),
      create(nested, 'us/c2', '/Team/Sub'),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test.each([
    ['', 422, 'root_not_allowed'],
    ['/', 422, 'root_not_allowed'],
    ['/file.txt', 422, 'not_a_folder'],
    ['/nowhere', 404, 'not_found'],
    ['Team', 400, 'invalid_request'],
  ])('refuses the path %j with %i %s', async (path, status, code) => {
    const answer = await create(await newPortal(), 'us/c1', path);
    expect([answer.status, answer.json().code]).toEqual([status, code]);
  });

  test('refuses an unknown channel, and a portal that is not connected', async () => {
    expect((await create(await newPortal(), 'us/none')).status).toBe(404);
    const answer = await create('ws_unconnected');
    expect([answer.status, answer.json().code]).toEqual([409, 'not_connected']);
  });

  test('names the fields that do not fit', async () => {
    const answer = await api.as(await newPortal())('POST', '/api/syncs', { dropboxPath: 7, extra: 1 });
    expect(answer.status).toBe(400);
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['/assemblyChannelId', '/dropboxPath', '/extra']);
  });

  test('refuses broken JSON with 400 and a large body with 413', async () => {
    const portal = await newPortal();
    const headers = { 'content-type': 'application/json' };
    const broken = await api.as(portal)('POST', '/api/syncs', undefined, headers);
    expect(broken.status).toBe(400);
    const large = await api.as(portal)('POST', '/api/syncs', { dropboxPath: 'x'.repeat(200_000) });
    expect([large.status, large.json().code]).toEqual([413, 'body_too_large']);
  });
});

describe('reading syncs', () => {
  test('pages through the list, each once, oldest first', async () => {
    const portal = await newPortal();
    const ids: string[] = [];
    for (const [channelId, path] of [
      ['us/c1', '/Team'],
      ['us/c2', '/Other'],
      ['us/c3', '/Big'],
    ]) {
      ids.push((await create(portal, channelId, path)).json<Sync>().id);
    }
    const call = api.as(portal);
    const first = (await call('GET', '/api/syncs?limit=2')).json<{ items: Sync[]; nextCursor: string }>();
    const rest = (await call('GET', `/api/syncs?limit=2&cursor=${first.nextCursor}`)).json<{
      items: Sync[];
    }>();
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
    expect(rest).not.toHaveProperty('nextCursor');
  });

  test('hides a sync from another portal, whatever is asked of it', async () => {
    const { id } = await made(await newPortal());
    const call = api.as(await newPortal());
    const asked: [string, string, unknown?][] = [
      ['GET', ''],
      ['PATCH', '', { state: 'paused' }],
      ['DELETE', ''],
      ['POST', '/resync'],
      ['POST', '/approve', { haltId: id }],
      ['GET', '/items'],
      ['POST', `/items/${id}/retry`],
      ['GET', '/plan'],
      ['GET', '/history'],
      ['GET', '/events'],
    ];
    for (const [method, rest, body] of asked) {
      const answer = await call(method, `/api/syncs/${id}${rest}`, body);
      expect([method, rest, answer.status]).toEqual([method, rest, 404]);
    }
  });

  test.each(['not-a-uuid', '%00', '%zz', '1'])('answers 404 for the ill-formed id %s', async (id) => {
    expect((await api.as(await newPortal())('GET', `/api/syncs/${id}`)).status).toBe(404);
  });

  test.each(['/api/syncs?cursor=x', '/api/syncs?limit=0', '/api/syncs?limit=9999'])(
    'refuses %s',
    async (path) => {
      expect((await api.as(await newPortal())('GET', path)).status).toBe(400);
    },
  );

  test('serves an operator who names the portal', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const headers = { authorization: `Bearer ${OPERATOR}` };
    expect((await api.call('GET', `/api/syncs/${id}?portalId=${portal}`, { headers })).status).toBe(200);
    expect((await api.call('GET', `/api/syncs/${id}?portalId=other`, { headers })).status).toBe(404);
    expect((await api.call('GET', `/api/syncs/${id}`, { headers })).status).toBe(400);
  });

  test('shows the plan', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const plan = await api.as(portal)('GET', `/api/syncs/${id}/plan`);
    expect(plan.json()).toEqual({
      items: [{ path: '/a.txt', object: 'file', rule: 2, decision: 'create on assembly' }],
      truncated: false,
    });
  });
});

describe('changing a sync', () => {
  test('pauses and resumes it, raising the generation each time', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const call = api.as(portal);
    const paused = await call('PATCH', `/api/syncs/${id}`, { state: 'paused' });
    expect([paused.status, paused.json<Sync>().state]).toEqual([200, 'paused']);
    await setRow(id, { lookWanted: false, dbxObservedAt: new Date(), assemblyObservedAt: new Date() });
    api.temporal.hints.length = 0;
    const active = await call('PATCH', `/api/syncs/${id}`, { state: 'active' });
    expect(active.json<Sync>().state).toBe('active');
    const row = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } });
    expect(row).toMatchObject({ generation: 3, lookWanted: true });
    expect(api.temporal.hints.map(({ hint }) => hint.kind)).toEqual(['look']);
  });

  test('goes back to initial where both sides were never seen', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'paused' });
    expect((await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'active' })).json<Sync>().state).toBe(
      'initial',
    );
  });

  test('says 503 when the look could not be asked for, and asks again when called again', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'paused' });
    api.temporal.broken = true;
    expect((await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'active' })).status).toBe(503);
    api.temporal.broken = false;
    api.temporal.hints.length = 0;
    expect((await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'active' })).status).toBe(200);
    expect(api.temporal.hints).toHaveLength(1);
  });

  test('removes a mapping with its tombstones; afterwards it is unknown and may be mapped anew', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const item = await db.store.prisma.fileFolderSync.create({
      data: {
        portalId: portal,
        channelSyncId: id,
        object: 'file',
        itemPath: '/a',
        pathKey: '/a',
        pendingAction: 'create',
        pendingActionTarget: 'assembly',
      },
    });
    const call = api.as(portal);
    expect((await call('DELETE', `/api/syncs/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/api/syncs/${id}`)).status).toBe(404);
    expect((await call('GET', `/api/syncs/${id}`)).status).toBe(404);
    const row = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } });
    expect(row).toMatchObject({ state: 'removed', generation: 2 });
    expect(row.deletedAt).not.toBeNull();
    const left = await db.store.prisma.fileFolderSync.findUniqueOrThrow({ where: { id: item.id } });
    expect(left.pendingAction).toBeNull();
    expect((await create(portal)).status).toBe(201);
  });

  const halted = async (reason: string) => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const haltId = '11111111-1111-4111-8111-111111111111';
    await setRow(id, {
      state: 'halted',
      haltReason: reason,
      haltId,
      haltItems: { count: 30, target: 'assembly', first: [{ path: '/a', object: 'file' }] },
      dbxObservedAt: new Date(),
      assemblyObservedAt: new Date(),
    });
    return { portal, id, haltId };
  };

  test('approves exactly the halt that was looked at', async () => {
    const { portal, id, haltId } = await halted('mass_delete');
    const call = api.as(portal);
    expect((await call('GET', `/api/syncs/${id}`)).json<Sync>()).toMatchObject({
      state: 'halted',
      haltReason: 'mass_delete',
      haltId,
      haltItems: { count: 30, target: 'assembly', items: [{ path: '/a', object: 'file' }] },
    });
    const other = { haltId: '22222222-2222-4222-8222-222222222222' };
    const refused = await call('POST', `/api/syncs/${id}/approve`, other);
    expect([refused.status, refused.json().code]).toEqual([409, 'halt_changed']);
    const approved = await call('POST', `/api/syncs/${id}/approve`, { haltId });
    expect(approved.status).toBe(200);
    expect(approved.json<Sync>()).toMatchObject({ state: 'active' });
    expect(approved.json()).not.toHaveProperty('haltId');
    const row = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } });
    expect(row).toMatchObject({ approvedHaltId: haltId, haltReason: null });
    expect((await call('POST', `/api/syncs/${id}/approve`, { haltId })).status).toBe(409);
  });

  test('refuses to approve a halt of another kind', async () => {
    const { portal, id, haltId } = await halted('root_missing');
    expect((await api.as(portal)('POST', `/api/syncs/${id}/approve`, { haltId })).status).toBe(409);
  });

  test.each(['mass_delete', 'channel_missing', 'channel_emptied', 'root_missing'])(
    'looks again at a %s halt when it is set active, without approving it',
    async (reason) => {
      const { portal, id } = await halted(reason);
      const active = await api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'active' });
      expect(active.json<Sync>().state).toBe('active');
      const row = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } });
      expect(row).toMatchObject({ approvedHaltId: null, haltId: null, lookWanted: true });
    },
  );

  test.each([
    ['mass_delete', 202],
    ['channel_missing', 202],
    ['channel_emptied', 202],
    ['root_missing', 409],
  ])('answers a resync of a %s halt with %i', async (reason, status) => {
    const { portal, id } = await halted(reason);
    expect((await api.as(portal)('POST', `/api/syncs/${id}/resync`)).status).toBe(status);
  });
});

describe('POST /api/syncs/:id/resync', () => {
  const active = async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    await setRow(id, { state: 'active' });
    return {
      id,
      post: (key?: string) =>
        api.as(portal)('POST', `/api/syncs/${id}/resync`, undefined, key ? { 'idempotency-key': key } : {}),
      portal,
    };
  };

  test('starts one, and refuses a second while it runs', async () => {
    const { id, post, portal } = await active();
    const answer = await post();
    expect([answer.status, answer.headers.location]).toEqual([202, `/api/syncs/${id}`]);
    expect((await api.as(portal)('GET', `/api/syncs/${id}`)).json<Sync>().resyncing).toBe(true);
    const second = await post();
    expect([second.status, second.json().code]).toEqual([409, 'resync_running']);
  });

  test('gives the same answer to the same key and starts nothing more, also at the same time', async () => {
    const { id, post } = await active();
    const answers = await Promise.all([post('key-1'), post('key-1')]);
    answers.push(await post('key-1'));
    for (const answer of answers)
      expect([answer.status, answer.headers.location]).toEqual([202, `/api/syncs/${id}`]);
    expect(api.temporal.resyncs.filter(({ syncId }) => syncId === id)).toHaveLength(1);
    expect((await post('key-2')).status).toBe(409);
    await setRow(id, { resyncing: false });
    expect((await post('key-1')).status).toBe(202);
    expect(api.temporal.resyncs.filter(({ syncId }) => syncId === id)).toHaveLength(1);
  });

  test('leaves no mark when Temporal is down, so that asking again works', async () => {
    const { id, post } = await active();
    api.temporal.broken = true;
    expect((await post('key-1')).status).toBe(503);
    expect((await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id } })).resyncing).toBe(false);
    api.temporal.broken = false;
    expect((await post('key-1')).status).toBe(202);
  });

  test('starts one that was marked by a process that died before it could', async () => {
    const { id, post } = await active();
    await setRow(id, { resyncing: true });
    expect((await post()).status).toBe(202);
    expect(api.temporal.resyncs.filter(({ syncId }) => syncId === id)).toHaveLength(1);
  });

  test('refuses while initial, paused, and for a bad key', async () => {
    const portal = await newPortal();
    const { id } = await made(portal);
    const post = () => api.as(portal)('POST', `/api/syncs/${id}/resync`);
    expect((await post()).status).toBe(409);
    await setRow(id, { state: 'paused' });
    expect((await post()).json().code).toBe('not_active');
    const badKey = await api.as(portal)('POST', `/api/syncs/${id}/resync`, undefined, {
      'idempotency-key': 'a b',
    });
    expect(badKey.status).toBe(400);
  });
});
