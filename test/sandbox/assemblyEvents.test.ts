import { createDecipheriv, createHmac } from 'node:crypto';
import { type Harness, type Json, type Receiver, startReceiver, startSandbox } from './assemblyHarness';

const SECRET = 'whsec-test-0001';
let harness: Harness;
let receiver: Receiver;
let channelId: string;

const start = async (options: Parameters<typeof startSandbox>[0] = {}): Promise<void> => {
  receiver = await startReceiver();
  harness = await startSandbox({ webhookUrl: receiver.url, webhookSecret: SECRET, ...options });
  channelId = await harness.channel();
};
afterEach(async () => {
  await harness.close();
  await receiver.close();
});

const link = (path: string) =>
  harness.control('POST', '/links', { channelId, path, linkUrl: 'https://example.org/' });
const webhooks = (body: Json) => harness.control('POST', '/webhooks', body);

const readToken = (token: string): Json => {
  const raw = Buffer.from(token, 'hex');
  const mac = createHmac('sha256', 'test-api-key-0001').digest('hex');
  const decipher = createDecipheriv('aes-128-cbc', Buffer.from(mac.slice(0, 32), 'hex'), raw.subarray(0, 16));
  return JSON.parse(
    `${decipher.update(raw.subarray(16), undefined, 'utf8')}${decipher.final('utf8')}`,
  ) as Json;
};

test('each call carries the token of its workspace and signs the raw body', async () => {
  await start();
  await link('l');
  const [hook] = await receiver.count(1);
  const url = new URL(hook?.path ?? '', 'http://app');
  expect([url.pathname, url.searchParams.get('app')]).toEqual(['/webhook', 'cairn']);
  expect(readToken(url.searchParams.get('token') ?? '')).toEqual({ workspaceId: 'ws_1' });
  expect(hook?.headers['x-copilot-signature']).toBe(
    createHmac('sha256', SECRET)
      .update(hook?.raw ?? '')
      .digest('hex'),
  );
  expect(Object.keys(hook?.envelope ?? {})).toEqual(['eventType', 'data']);
});

test('an API create is told while pending, and by a bare update when complete', async () => {
  await start();
  const done = await harness.upload(channelId, 'a', 'x');
  const hooks = await receiver.count(2);
  expect(hooks.map((hook) => [hook.eventType, hook.data.id, hook.data.status])).toEqual([
    ['file.created', done.id, 'pending'],
    ['file.updated', done.id, 'completed'],
  ]);
  expect(hooks[1]?.data).not.toHaveProperty('previousAttributes');
  expect(hooks[1]?.data.downloadUrl).toEqual(expect.stringContaining('/storage/'));
  await harness.api('DELETE', `/v1/files/${done.id}`);
  expect((await receiver.count(3))[2]).toMatchObject({ eventType: 'file.deleted', data: { id: done.id } });
});

test('by switch the created event is there before the create has answered', async () => {
  await start({ switches: { createdEventBeforeResponse: true } });
  for (let i = 1; i <= 5; i += 1) {
    const created = await harness.api('POST', '/v1/files/file', { channelId, path: `f${i}` });
    expect(receiver.hooks.map((hook) => hook.data.id)).toContain(created.body.id);
  }
});

test('anything but 200 is tried three times more, and no more', async () => {
  await start();
  await webhooks({ retryDelaysMs: [1, 1, 1], timeoutMs: 300 });
  receiver.answers.push(500, 201, 0);
  await link('a');
  const hooks = await receiver.count(4);
  expect(new Set(hooks.map((hook) => hook.raw)).size).toBe(1);
  receiver.answers.push(500, 500, 500, 500, 500);
  await link('b');
  await receiver.count(8);
  // The next event of the same object waits for those retries, so its arrival shows that there were no more.
  await harness.control('POST', '/move', { channelId, from: 'b', to: 'c' });
  expect((await receiver.count(9)).slice(4).map((hook) => hook.eventType)).toEqual([
    ...Array(4).fill('link.created'),
    'link.updated',
  ]);
  receiver.answers.length = 0;
  const status = (await harness.control('GET', '/webhooks')).body;
  expect((status.attempts as Json[]).slice(0, 4).map((one) => one.status)).toEqual([500, 201, 0, 200]);
  expect(status).not.toHaveProperty('secret');
});

test('events can come twice, get lost, or come again later', async () => {
  await start();
  await webhooks({ mode: { duplicate: true } });
  await link('twice');
  const [one, two] = await receiver.count(2);
  expect(one?.raw).toBe(two?.raw);
  await webhooks({ mode: { drop: true } });
  await link('lost');
  await webhooks({ mode: {} });
  await link('kept');
  expect((await receiver.count(3))[2]?.data.path).toBe('kept');
  expect((await harness.control('GET', '/webhooks')).body).toMatchObject({ dropped: 1 });
  expect((await harness.control('POST', '/webhooks/redeliver')).body).toEqual({ sent: 3 });
  const again = (await receiver.count(6)).slice(3).map((hook) => String(hook.data.path));
  expect(again.sort()).toEqual(['kept', 'lost', 'twice']);
});

test('a share of events is lost by seed, the same ones each time', async () => {
  await start();
  const run = async (): Promise<unknown[]> => {
    await webhooks({ mode: { drop: 0.5, seed: 7 } });
    const before = receiver.hooks.length;
    for (let i = 0; i < 20; i += 1) await link(`n${i}`);
    await webhooks({ mode: {} });
    await link('end');
    await receiver.count(before + 1);
    let names: unknown[] = [];
    while (!names.includes('end')) {
      await receiver.count(before + names.length);
      names = receiver.hooks.slice(before).map((hook) => hook.data.path);
    }
    return names;
  };
  const first = await run();
  expect(first.length).toBeGreaterThan(3);
  expect(first.length).toBeLessThan(19);
  expect((await run()).sort()).toEqual(first.sort());
});

test('reordered events come last first', async () => {
  await start();
  await webhooks({ mode: { reorder: true, delayMs: 200 } });
  for (const name of ['a', 'b', 'c']) await link(name);
  const hooks = await receiver.count(3);
  expect(hooks.map((hook) => hook.data.path)).toEqual(['c', 'b', 'a']);
});

test('signature and token can be wrong or missing, to test who checks them', async () => {
  await start();
  const seen = async (patch: Json): Promise<{ signature: unknown; token: string | null; raw: string }> => {
    const before = receiver.hooks.length;
    await webhooks({ signature: 'valid', token: 'valid', ...patch });
    await link('l');
    const hook = (await receiver.count(before + 1))[before];
    const token = new URL(hook?.path ?? '', 'http://app').searchParams.get('token');
    return { signature: hook?.headers['x-copilot-signature'], token, raw: hook?.raw ?? '' };
  };
  expect((await seen({ signature: 'absent' })).signature).toBeUndefined();
  const wrong = await seen({ signature: 'wrong' });
  expect(wrong.signature).not.toBe(createHmac('sha256', SECRET).update(wrong.raw).digest('hex'));
  expect((await seen({ token: 'absent' })).token).toBeNull();
  const { token } = await seen({ token: 'wrong' });
  expect(() => readToken(token ?? '')).toThrow();
  expect((await seen({ secret: null })).signature).toBeUndefined();
});

test('members and envelope by switch', async () => {
  await start({
    switches: { webhookOmits: ['status', 'createdAt', 'size'], envelopeExtras: true, webhookTokenId: true },
  });
  await harness.api('POST', '/v1/files/file', { channelId, path: 'a' });
  const [hook] = await receiver.count(1);
  for (const member of ['status', 'createdAt', 'size']) expect(hook?.data).not.toHaveProperty(member);
  expect(hook?.envelope).toMatchObject({ object: 'event', created: expect.any(String) });
  const token = new URL(hook?.path ?? '', 'http://app').searchParams.get('token') ?? '';
  expect(readToken(token)).toEqual({ workspaceId: 'ws_1', tokenId: expect.any(String) });
});

test('people are told of, channels are not', async () => {
  await start();
  const client = (await harness.control('POST', '/clients', { givenName: 'Ada' })).body;
  await harness.control('POST', '/channels', { membershipType: 'individual', clientId: client.id });
  await harness.control('DELETE', `/clients/${client.id}`);
  const hooks = await receiver.count(2);
  expect(hooks.map((hook) => hook.eventType)).toEqual(['client.created', 'client.deleted']);
});

test('a minted token names staff unless a client is asked for', async () => {
  await start();
  const mint = async (body: Json) =>
    readToken(String((await harness.control('POST', '/token', body)).body.token));
  expect(await mint({})).toEqual({ workspaceId: 'ws_1', internalUserId: expect.any(String) });
  expect(await mint({ clientId: 'c-1' })).toEqual({ workspaceId: 'ws_1', clientId: 'c-1' });
  expect((await harness.control('POST', '/token', { workspaceId: 'none' })).status).toBe(404);
});
