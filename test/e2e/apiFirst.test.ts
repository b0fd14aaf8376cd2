import { serveApi } from '../../src/cli/serveApi';
import { openServices, type Services } from '../../src/cli/services';
import { parseKeyring } from '../../src/domain/keyring';
import { freePort } from '../../src/local/ports';
import { ensureTemporal, startTemporal } from '../../src/local/temporal';
import { connect, dropboxSignature, fakeRemotes, testConfig } from '../store/api/harness';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { waitFor } from '../support/system';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test('while Temporal is away a process starts, refuses webhooks, and is ready once Temporal is there', async () => {
  await connect(db.store, 'away', 'dbid:away');
  await db.store.prisma.channelSync.create({
    data: {
      portalId: 'away',
      assemblyChannelId: 'c',
      dbxAccountId: 'dbid:away',
      dbxRootPath: '/away',
      dbxRootKey: '/away',
      dbxRootId: 'id:away',
      state: 'active',
    },
  });
  const port = await freePort();
  const temporal = openServices({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
  const tokenKeys = `k1:${Buffer.alloc(32).toString('base64')}`;
  const services: Services = {
    ...temporal,
    logger: { debug() {}, info() {}, warn() {}, error() {} } as unknown as Services['logger'],
    config: testConfig({ databaseUrl: db.url, tokenKeys }),
    store: () => db.store,
    keyring: () => parseKeyring(tokenKeys),
    remotes: async () => fakeRemotes(),
  };
  const server = await serveApi(services);
  const url = `http://${server.address}`;
  const hint = () => {
    const body = JSON.stringify({ list_folder: { accounts: ['dbid:away'] } });
    const headers = { 'x-dropbox-signature': dropboxSignature(body) };
    return fetch(`${url}/webhooks/dropbox`, { method: 'POST', headers, body });
  };
  try {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(/temporal/i)]);
    expect((await hint()).status).toBe(503);
    const { path: binary } = await ensureTemporal();
    const started = await startTemporal({ binary, dataDir: null, headless: true, port });
    try {
      await waitFor(async () => (await hint()).status === 200 || 'refused', 30_000);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    } finally {
      await started.stop();
    }
  } finally {
    await server.stop();
    await temporal.close();
  }
}, 120_000);
