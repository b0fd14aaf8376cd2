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

  const streamed = new Promise<string>((resolve, reject) => {
    const headers = { 'x-assembly-token': mintToken('p') };
    request(`${url}/api/syncs/${id}/events`, { headers, agent: false }, (res) => {
      let text = '';
      res.on('data', (chunk) => {
        if (text === '') void stop();
        text += chunk;
      });
      res.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  let stopped: Promise<void> | undefined;
  let draining = 0;
  const stop = async () => {
    stopped = server.stop();
    draining = (await fetch(`${url}/readyz`)).status;
  };
  expect(await streamed).toMatch(/^event: sync\ndata: /);
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
