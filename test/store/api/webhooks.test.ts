import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SyncRef } from '../../../src/domain/types';
import type { ChannelHint } from '../../../src/workflows/messages';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { waitFor } from '../../support/system';
import {
  APP_SECRET,
  connect,
  dropboxSignature,
  fakeTemporal,
  mintToken,
  startApi,
  type TestApi,
  testConfig,
} from './harness';

let db: TestDatabase;
let api: TestApi;

const WEBHOOK_SECRET = 'whsec-test-0001';

const addSync = async (portalId: string, channelId: string, state = 'active') => {
  const { id } = await db.store.prisma.channelSync.create({
    data: {
      portalId,
      assemblyChannelId: channelId,
      dbxAccountId: 'dbid:A',
      dbxRootPath: `/${channelId}`,
      dbxRootKey: `/${channelId}`,
      dbxRootId: `id:${channelId}`,
      state,
      ...(state === 'removed' ? { deletedAt: new Date() } : {}),
      ...(state === 'halted' ? { haltReason: 'mass_delete' } : {}),
    },
  });
  return id;
};

beforeAll(async () => {
  db = await createTestDatabase();
  api = await startApi(db.store);
});
afterAll(async () => {
  await api.close();
  await db.drop();
});
beforeEach(() => {
  api.temporal.hints.length = 0;
  api.temporal.broken = false;
});

describe('Dropbox', () => {
  const post = (body: string, signature: string | undefined = dropboxSignature(body)) =>
    api.call('POST', '/webhooks/dropbox', {
      body,
      headers: signature === undefined ? {} : { 'x-dropbox-signature': signature },
    });
  const naming = (...accounts: string[]) => JSON.stringify({ list_folder: { accounts } });

  test('the challenge comes back as plain text with nosniff', async () => {
    const answer = await api.call('GET', '/webhooks/dropbox?challenge=a%3Cb%3E');
    expect([answer.status, answer.text]).toEqual([200, 'a<b>']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect((await api.call('GET', '/webhooks/dropbox')).status).toBe(400);
  });

  test('the published signature is accepted', async () => {
    const body =
      '{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]},"delta":{"users":[12345678]}}';
    expect(APP_SECRET).toBe('test-app-secret');
    expect(
      (await post(body, 'e5b56b0ae393c3ceab51c2bcabe85a704ccaa08325568fa5651a6a03343538de')).status,
    ).toBe(200);
    expect(api.temporal.hints).toEqual([]);
  });

  test('every flowing sync of every portal of an account is hinted, and no other', async () => {
    await connect(db.store, 'd1', 'dbid:D');
    await connect(db.store, 'd2', 'dbid:D');
    const flowing = [await addSync('d1', 'a'), await addSync('d1', 'b', 'initial'), await addSync('d2', 'a')];
    for (const state of ['paused', 'halted', 'removed']) await addSync('d2', state, state);
    expect((await post(naming('dbid:D', 'dbid:D', 'dbid:unknown'))).status).toBe(200);
    expect(api.temporal.hints.map(({ ref }) => ref.syncId).sort()).toEqual(flowing.sort());
    expect(api.temporal.hints[0]?.hint).toEqual({ kind: 'dropbox', origin: 'webhook' });
  });

  test('503 when a hint could not be kept', async () => {
    await connect(db.store, 'd3', 'dbid:E');
    await addSync('d3', 'a');
    api.temporal.broken = true;
    const answer = await post(naming('dbid:E'));
    expect([answer.status, answer.json().code]).toEqual([503, 'unavailable']);
  });

  test.each([
    ['no signature', naming('x'), null, 400, 'missing_signature'],
    ['a wrong signature', naming('x'), '0'.repeat(64), 403, 'bad_signature'],
    ['a signature that is no hex', naming('x'), 'zz', 403, 'bad_signature'],
    ['no JSON', '{', undefined, 400, 'invalid_request'],
    ['another shape', '{"list_folder":{"accounts":"x"}}', undefined, 400, 'invalid_request'],
  ])('refuses %s', async (_name, body, signature, status, code) => {
    const headers: Record<string, string> =
      signature === null ? {} : { 'x-dropbox-signature': signature ?? dropboxSignature(body) };
    const answer = await api.call('POST', '/webhooks/dropbox', { body, headers });
    expect([answer.status, answer.json().code]).toEqual([status, code]);
  });

  test('signs the raw bytes: the same JSON written differently is refused', async () => {
    expect((await post(`${naming('x')} `, dropboxSignature(naming('x')))).status).toBe(403);
  });

  test('while the app secret is being changed, both sign; afterwards the old one does not', async () => {
    const config = testConfig();
    const changing = { ...config.dropbox, webhookSecrets: ['new-secret', APP_SECRET] };
    const [during, after] = await Promise.all([
      startApi(db.store, { config: { ...config, dropbox: changing } }),
      startApi(db.store, { config: { ...config, dropbox: { ...changing, webhookSecrets: ['new-secret'] } } }),
    ]);
    try {
      const body = naming('x');
      const send = (at: TestApi, secret: string) =>
        at.call('POST', '/webhooks/dropbox', {
          body,
          headers: { 'x-dropbox-signature': createHmac('sha256', secret).update(body).digest('hex') },
        });
      expect((await send(during, 'new-secret')).status).toBe(200);
      expect((await send(during, APP_SECRET)).status).toBe(200);
      expect((await send(after, APP_SECRET)).status).toBe(403);
    } finally {
      await Promise.all([during.close(), after.close()]);
    }
  });

  test('a body that comes compressed is refused: what is signed is what came over the wire', async () => {
    const body = gzipSync(naming('x'));
    const headers = {
      'content-encoding': 'gzip',
      'x-dropbox-signature': createHmac('sha256', APP_SECRET).update(body).digest('hex'),
    };
    const answer = await api.call('POST', '/webhooks/dropbox', { body, headers });
    expect([answer.status, answer.json().code]).toEqual([400, 'invalid_request']);
  });

  test('refuses a body above 1 MiB', async () => {
    const body = naming('x'.repeat(1_100_000));
    expect((await post(body)).status).toBe(413);
  });
});

describe('Assembly', () => {
  const post = (
    event: unknown,
    options: { token?: string; headers?: Record<string, string>; at?: TestApi } = {},
  ) =>
    (options.at ?? api).call('POST', `/webhooks/assembly?token=${options.token ?? mintToken('a1')}`, {
      body: typeof event === 'string' ? event : JSON.stringify(event),
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    });
  const event = (eventType: string, data: Record<string, unknown>) => ({
    eventType,
    data: { object: eventType.split('.')[0], channelId: 'ch', status: 'completed', ...data },
  });
  let syncId: string;
  beforeAll(async () => {
    syncId = await addSync('a1', 'ch');
    await addSync('a1', 'paused-channel', 'paused');
  });

  test('an event about an unknown object becomes a hint that names it', async () => {
    const answer = await post(event('file.updated', { id: 'new-1', path: 'a/b.pdf' }));
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(api.temporal.hints).toEqual([
      {
        ref: { portalId: 'a1', syncId },
        hint: { kind: 'assembly', ids: ['new-1'], origin: 'webhook' },
      },
    ]);
  });

  test.each([
    ['an unknown channel', event('file.updated', { id: 'x', channelId: 'elsewhere' }), 'a1'],
    ['a paused sync', event('file.updated', { id: 'x', channelId: 'paused-channel' }), 'a1'],
    ['a portal nobody knows', event('file.updated', { id: 'x' }), 'unknown'],
    ['an unknown event type', event('invoice.paid', { id: 'x' }), 'a1'],
    ['a link', event('link.created', { id: 'x' }), 'a1'],
    ['an event without data', { eventType: 'file.updated' }, 'a1'],
  ])('200 and no hint for %s', async (_name, body, portal) => {
    expect((await post(body, { token: mintToken(portal) })).status).toBe(200);
    expect(api.temporal.hints).toEqual([]);
  });

  test('a delete that names only the id finds its sync, of its own portal only', async () => {
    await db.store.prisma.assemblySeen.create({
      data: {
        channelSyncId: syncId,
        portalId: 'a1',
        id: 'gone-1',
        object: 'file',
        path: '/x',
        pathKey: '/x',
        parentKey: '',
        status: 'completed',
      },
    });
    const body = { eventType: 'file.deleted', data: { id: 'gone-1' } };
    await post(body, { token: mintToken('a2') });
    expect(api.temporal.hints).toEqual([]);
    await post(body);
    expect(api.temporal.hints.map(({ ref }) => ref.syncId)).toEqual([syncId]);
  });

  test('a folder that was renamed has the channel listed', async () => {
    await db.store.prisma.assemblySeen.create({
      data: {
        channelSyncId: syncId,
        portalId: 'a1',
        id: 'folder-1',
        object: 'folder',
        path: '/Old',
        pathKey: '/old',
        parentKey: '',
        status: 'completed',
        version: 'v1',
      },
    });
    await post(event('folder.updated', { id: 'folder-1', path: 'New', updatedAt: 'v2' }));
    expect(api.temporal.hints.map(({ hint }) => hint)).toEqual([
      { kind: 'assembly', ids: [], origin: 'webhook' },
    ]);
  });

  test('401 for a bad token, before anything else is looked at', async () => {
    for (const token of ['', 'zz', mintToken('a1').slice(0, 96)]) {
      expect((await post('{', { token })).status).toBe(401);
    }
  });

  test('400 for a body that is no JSON, 503 when the hint could not be kept', async () => {
    expect((await post('{')).status).toBe(400);
    api.temporal.broken = true;
    expect((await post(event('file.updated', { id: 'new-2', path: 'c' }))).status).toBe(503);
  });

  test('with a secret set, the signature over the raw body is required', async () => {
    const config = testConfig();
    const strict = await startApi(db.store, {
      config: { ...config, assembly: { ...config.assembly, webhookSecrets: ['old-secret', WEBHOOK_SECRET] } },
    });
    try {
      const body = '{"eventType":"file.deleted","data":{"id":"11111111-1111-4111-8111-111111111111"}}';
      const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
      expect(signature).toBe('8b81d5d179ea8e759ab2dea9fdfdd9064cd8762a99a7c6453d253f96896eb802');
      const send = (headers?: Record<string, string>, token?: string) =>
        post(body, {
          at: strict,
          ...(headers ? { headers } : {}),
          ...(token === undefined ? {} : { token }),
        });
      expect((await send({ 'x-copilot-signature': signature })).status).toBe(200);
      expect((await send()).status).toBe(400);
      expect((await send({ 'x-copilot-signature': '0'.repeat(64) })).status).toBe(403);
      expect((await send(undefined, 'zz')).status).toBe(401);
    } finally {
      await strict.close();
    }
  });
});

describe('many at once', () => {
  interface Held {
    readonly ref: SyncRef;
    readonly hint: ChannelHint;
    readonly requestId: string | undefined;
    end(error?: Error): void;
  }
  const held: Held[] = [];
  let slow: TestApi;
  let syncId: string;

  beforeAll(async () => {
    slow = await startApi(db.store, {
      temporal: {
        ...fakeTemporal(),
        hint: (ref, hint, requestId) =>
          new Promise<void>((resolve, reject) => {
            held.push({ ref, hint, requestId, end: (error) => (error ? reject(error) : resolve()) });
          }),
      },
    });
    await connect(db.store, 'm1', 'dbid:M');
    syncId = await addSync('m1', 'ch');
  });
  beforeEach(() => held.splice(0));
  afterAll(() => slow.close());

  const changed = (id: string, requestId: string) =>
    slow.call('POST', `/webhooks/assembly?token=${mintToken('m1')}`, {
      body: JSON.stringify({
        eventType: 'file.updated',
        data: { id, object: 'file', channelId: 'ch', path: id, status: 'completed', updatedAt: 'v1' },
      }),
      headers: { 'x-request-id': requestId },
    });
  const inDropbox = (requestId: string) => {
    const body = JSON.stringify({ list_folder: { accounts: ['dbid:M'] } });
    return slow.call('POST', '/webhooks/dropbox', {
      body,
      headers: { 'x-dropbox-signature': dropboxSignature(body), 'x-request-id': requestId },
    });
  };
  const signals = (count: number) =>
    waitFor(async () => (held.length === count ? true : `${held.length} signals`), 10_000);
  /** Resolves once Postgres has weighed what was sent so far, which is then waiting for a signal. */
  const weighed = async (waiting: number) => {
    const metrics = async () => (await slow.call('GET', '/metrics')).text;
    await waitFor(async () => {
      const [, open] = /cairn_webhooks_waiting (\d+)/.exec(await metrics()) ?? [];
      return open === `${waiting}` ? true : `${open} wait`;
    }, 10_000);
  };

  test('those that come while a signal is under way share the next, and wait for it', async () => {
    const answered: string[] = [];
    const ask = (name: string, answer: Promise<{ status: number }>) =>
      answer.then(({ status }) => answered.push(`${name} ${status}`));
    const first = ask('first', changed('f-0', 'r-0'));
    await signals(1);
    const rest = ['f-1', 'f-2', 'f-1'].map((id, index) =>
      ask(`rest ${index}`, changed(id, `r-${index + 1}`)),
    );
    await weighed(4);
    expect(answered).toEqual([]);
    held[0]?.end();
    await first;
    await signals(2);
    expect(answered).toEqual(['first 200']);
    held[1]?.end();
    await Promise.all(rest);
    expect(answered.slice(1).sort()).toEqual(['rest 0 200', 'rest 1 200', 'rest 2 200']);
    expect(held.map(({ ref }) => ref)).toEqual([
      { portalId: 'm1', syncId },
      { portalId: 'm1', syncId },
    ]);
    expect(held[0]).toMatchObject({
      hint: { kind: 'assembly', ids: ['f-0'], origin: 'webhook' },
      requestId: 'r-0',
    });
    const { hint, requestId } = held[1] ?? {};
    expect(hint).toMatchObject({ kind: 'assembly', origin: 'webhook' });
    expect(hint?.kind === 'assembly' && [...hint.ids].sort()).toEqual(['f-1', 'f-2']);
    expect(requestId).toMatch(/^r-[123]$/);
  });

  test('a signal that fails is 503 for all that it carried, and the next one is not held back by it', async () => {
    const first = changed('f-0', 'r-0');
    await signals(1);
    const rest = [changed('f-1', 'r-1'), changed('f-2', 'r-2')];
    await weighed(3);
    held[0]?.end(new Error('temporal is down'));
    expect((await first).status).toBe(503);
    await signals(2);
    const later = changed('f-3', 'r-3');
    await weighed(3);
    held[1]?.end(new Error('temporal is down'));
    expect((await Promise.all(rest)).map(({ status }) => status)).toEqual([503, 503]);
    await signals(3);
    held[2]?.end();
    expect((await later).status).toBe(200);
  });

  test('very many objects are one list of the channel', async () => {
    const first = changed('f-0', 'r-0');
    await signals(1);
    const rest = Array.from({ length: 101 }, (_, index) => changed(`many-${index}`, `r-${index}`));
    await weighed(102);
    held[0]?.end();
    await signals(2);
    expect(held[1]?.hint).toEqual({ kind: 'assembly', ids: [], origin: 'webhook' });
    held[1]?.end();
    expect(new Set((await Promise.all([first, ...rest])).map(({ status }) => status))).toEqual(
      new Set([200]),
    );
  });

  test('an account is looked up anew while a signal is under way, and both sides share the next one of a sync', async () => {
    const first = inDropbox('d-0');
    await signals(1);
    // Mapped after the first look-up: what comes later is for it, too, and has not to wait for the other sync.
    const second = await addSync('m1', 'ch-2');
    const rest = [inDropbox('d-1'), changed('f-0', 'r-0')];
    await weighed(3);
    await signals(2);
    expect(held[1]).toMatchObject({ ref: { syncId: second }, hint: { kind: 'dropbox', origin: 'webhook' } });
    held[1]?.end();
    held[0]?.end();
    expect((await first).status).toBe(200);
    await signals(3);
    expect(held[2]).toMatchObject({
      ref: { syncId },
      hint: { kind: 'both', ids: ['f-0'], origin: 'webhook' },
    });
    held[2]?.end();
    expect((await Promise.all(rest)).map(({ status }) => status)).toEqual([200, 200]);
  });

  test('an account of which one sync could not be told is 503', async () => {
    const first = inDropbox('d-0');
    await signals(2);
    held[0]?.end(new Error('temporal is down'));
    held[1]?.end();
    expect((await first).status).toBe(503);
  });
});
