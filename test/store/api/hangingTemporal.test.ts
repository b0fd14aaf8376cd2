import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { createGateway, type TemporalGateway } from '../../../src/temporal/gateway';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { connect, dropboxSignature, mintToken, startApi, type TestApi } from './harness';

/** A Temporal that takes connections and never says a word: worse than one that refuses, since nothing ends by itself. */

const CALL_MS = 400;
const CHANNEL = 'us/c1';

let db: TestDatabase;
let api: TestApi;
let server: Server;
let gateway: TemporalGateway;
let syncId: string;
const sockets = new Set<Socket>();

beforeAll(async () => {
  db = await createTestDatabase();
  server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  gateway = createGateway(new Client({ connection }), () => connection.close(), CALL_MS);
  api = await startApi(db.store, { temporal: gateway });
  await connect(db.store, 'ws_1');
  const { id } = await db.store.prisma.channelSync.create({
    data: {
      portalId: 'ws_1',
      assemblyChannelId: CHANNEL,
      dbxAccountId: 'dbid:A',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
      state: 'active',
      dbxObservedAt: new Date(),
      assemblyObservedAt: new Date(),
    },
  });
  syncId = id;
});
afterAll(async () => {
  await api.close();
  await gateway.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await db.drop();
});

const fromDropbox = () => {
  const body = JSON.stringify({ list_folder: { accounts: ['dbid:A'] } });
  return api.call('POST', '/webhooks/dropbox', {
    body,
    headers: { 'x-dropbox-signature': dropboxSignature(body) },
  });
};
const fromAssembly = (id: string) =>
  api.call('POST', `/webhooks/assembly?token=${mintToken('ws_1')}`, {
    body: JSON.stringify({ eventType: 'file.updated', data: { id, object: 'file', channelId: CHANNEL } }),
  });

test('webhooks are refused in the time of two calls, however many come, and none is taken', async () => {
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? fromDropbox() : fromAssembly(`f-${index}`))),
  );
  expect(performance.now() - began).toBeLessThan(2 * CALL_MS + 2_000);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(new Set(answers.map((answer) => answer.json().code))).toEqual(new Set(['unavailable']));
  expect(sockets.size).toBeGreaterThan(0);
});

test('what a person asks for is refused in bounded time too, and may be asked for again', async () => {
  const staff = api.as('ws_1');
  for (const ask of [
    () => staff('POST', `/api/syncs/${syncId}/resync`),
    () => staff('POST', `/api/syncs/${syncId}/resync`),
    async () => {
      await db.store.prisma.channelSync.update({ where: { id: syncId }, data: { state: 'paused' } });
      return staff('PATCH', `/api/syncs/${syncId}`, { state: 'active' });
    },
  ]) {
    const answer = await ask();
    expect([answer.status, answer.headers['content-type'], answer.json().code]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
      'unavailable',
    ]);
  }
  expect((await staff('GET', `/api/syncs/${syncId}`)).json()).toMatchObject({
    state: 'active',
    resyncing: false,
  });
});

test('what needs no Temporal goes on, and readiness says which part is missing', async () => {
  expect((await api.as('ws_1')('GET', '/api/syncs')).status).toBe(200);
  expect((await api.call('GET', '/healthz')).status).toBe(200);
  const ready = await api.call('GET', '/readyz');
  expect([ready.status, ready.json().detail]).toEqual([503, 'Temporal does not answer.']);
});
