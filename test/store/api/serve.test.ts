import { request } from 'node:http';
import { serveApi } from '../../../src/cli/serveApi';
import type { Services } from '../../../src/cli/services';
import { parseKeyring } from '../../../src/domain/keyring';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { fakeRemotes, fakeTemporal, mintToken, testConfig } from './harness';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const services = (): Services => ({
  config: testConfig({ databaseUrl: db.url, tokenKeys: `k1:${Buffer.alloc(32).toString('base64')}` }),
  logger: { debug() {}, info() {}, warn() {}, error() {} } as unknown as Services['logger'],
  store: () => db.store,
  temporal: async () => fakeTemporal(),
  lastingTemporal: fakeTemporal,
  keyring: () => parseKeyring(`k1:${Buffer.alloc(32).toString('base64')}`),
  remotes: async () => fakeRemotes(),
  preview: async () => ({ items: [], truncated: false }),
  close: async () => {},
});

test('a process that is told to end says so, ends its event streams, and refuses what is new', async () => {
  const { id } = await db.store.prisma.channelSync.create({
    data: {
      portalId: 'p',
      assemblyChannelId: 'c',
      dbxAccountId: 'a',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
    },
  });
  const server = await serveApi(services());
  const url = `http://${server.address}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_user_seconds_total');

  const told = new Set<string>();
  const listen = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'x-assembly-token': mintToken('p') };
      request(`${url}${path}`, { headers, agent: false }, (res) => {
        let text = '';
        res.on('data', (chunk) => {
          text += chunk;
          if (told.size < STREAMS && told.add(path).size === STREAMS) void stop();
        });
        res.on('error', reject).on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  const STREAMS = 2;
  let stopped: Promise<void> | undefined;
  let draining = 0;
  const stop = async () => {
    stopped = server.stop();
    draining = (await fetch(`${url}/readyz`)).status;
  };
  const [ofSync, ofPortal] = await Promise.all([listen(`/api/syncs/${id}/events`), listen('/api/events')]);
  expect(ofSync).toMatch(/^event: sync\ndata: /);
  expect(ofPortal).toMatch(/^event: portal\ndata: /);
  await stopped;
  expect(draining).toBe(503);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('a process that lacks settings names them all', async () => {
  const lacking = { ...services(), config: testConfig({ publicUrl: undefined }) };
  await expect(serveApi(lacking)).rejects.toThrow(
    /DATABASE_URL[\s\S]*TOKEN_ENCRYPTION_KEYS[\s\S]*PUBLIC_URL/,
  );
});
