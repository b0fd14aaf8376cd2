import { request } from 'node:http';
import { encoded, eventually, type Harness, type Json, startSandbox } from './assemblyHarness';

let harness: Harness;
let channelId: string;

const start = async (options: Parameters<typeof startSandbox>[0] = {}): Promise<void> => {
  harness = await startSandbox(options);
  channelId = await harness.channel();
};
afterEach(() => harness.close());

const create = async (path: string): Promise<Json> =>
  (await harness.api('POST', '/v1/files/file', { channelId, path })).body;
const put = (url: unknown, body: string, headers: Record<string, string> = {}) =>
  fetch(String(url), { method: 'PUT', body, headers });
const status = async (id: unknown): Promise<unknown> =>
  (await harness.api('GET', `/v1/files/${id}`)).body.status;

test('a PUT without Content-Length is refused with 411 in XML, and nothing is stored', async () => {
  await start();
  const created = await create('a');
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(Buffer.from('streamed'));
      controller.close();
    },
  });
  const init = { method: 'PUT', body, duplex: 'half' } as const;
  const refused = await fetch(String(created.uploadUrl), init);
  expect(refused.status).toBe(411);
  expect(refused.headers.get('content-type')).toBe('application/xml');
  expect(await refused.text()).toContain('<Code>MissingContentLength</Code>');
  expect(await harness.tree(channelId)).toMatchObject([{ status: 'pending', size: null }]);
});

test('presigned URLs live 15 minutes, then answer 403 in XML', async () => {
  await start();
  const done = await harness.upload(channelId, 'a', 'hello');
  const created = await create('b');
  await harness.control('POST', '/clock', { advanceMs: 14 * 60_000 });
  expect((await fetch(String(done.downloadUrl))).status).toBe(200);
  await harness.control('POST', '/clock', { advanceMs: 61_000 });
  for (const answer of [await fetch(String(done.downloadUrl)), await put(created.uploadUrl, 'late')]) {
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/xml');
    expect(await answer.text()).toContain('Request has expired');
  }
  const fresh = (await harness.api('GET', `/v1/files/${done.id}`)).body;
  expect(await (await fetch(String(fresh.downloadUrl))).text()).toBe('hello');
});

test('an altered, borrowed or doubly authorised URL is refused', async () => {
  await start();
  const done = await harness.upload(channelId, 'a', 'hello');
  const other = await harness.upload(channelId, 'b', 'other');
  const url = new URL(String(done.downloadUrl));
  url.searchParams.set('X-Amz-Expires', '90000');
  expect((await fetch(url)).status).toBe(403);
  const borrowed = String(done.downloadUrl).replace(String(done.id), String(other.id));
  expect((await fetch(borrowed)).status).toBe(403);
  expect((await put(done.downloadUrl, 'x')).status).toBe(403);
  const authorised = await fetch(String(done.downloadUrl), { headers: { authorization: 'Bearer x' } });
  expect(authorised.status).toBe(400);
});

test('an upload that breaks off leaves the object pending and no bytes', async () => {
  await start();
  const created = await create('a');
  await new Promise<void>((resolve) => {
    const upload = request(String(created.uploadUrl), {
      method: 'PUT',
      headers: { 'content-length': 100_000 },
    });
    upload.on('error', () => resolve());
    upload.write(Buffer.alloc(50_000), () => upload.destroy(new Error('gone')));
  });
  const url = String((await create('b')).uploadUrl);
  expect((await put(url, 'ok')).status).toBe(200);
  await eventually(async () => ((await harness.tree(channelId))[1]?.status === 'completed' ? true : null));
  expect((await harness.tree(channelId))[0]).toMatchObject({ status: 'pending', size: null, hash: null });
});

test('completion waits as long as the switch says, or for ever', async () => {
  await start({ switches: { completionDelayMs: 'never' } });
  const created = await create('a');
  expect((await put(created.uploadUrl, 'x')).status).toBe(200);
  expect(await status(created.id)).toBe('pending');
  await harness.control('POST', '/switches', { completionDelayMs: 300 });
  const later = await create('b');
  await put(later.uploadUrl, 'x');
  expect(await status(later.id)).toBe('pending');
  await eventually(async () => ((await status(later.id)) === 'completed' ? true : null));
  expect(await status(created.id)).toBe('pending');
});

test.each([
  ['complete', 200, 'completed'],
  ['stayPending', 200, 'pending'],
  ['reject', 400, 'pending'],
] as const)('no bytes: %s', async (zeroBytes, answered, wanted) => {
  await start({ switches: { zeroBytes, completionDelayMs: 0 } });
  const created = await create('empty');
  expect((await put(created.uploadUrl, '')).status).toBe(answered);
  // A later object that has completed shows that the earlier one had its time.
  await harness.upload(channelId, 'later', 'x');
  const seen = (await harness.api('GET', `/v1/files/${created.id}`)).body;
  expect([seen.status, seen.size]).toEqual([wanted, 0]);
  if (zeroBytes !== 'complete') return;
  const got = await fetch(String(seen.downloadUrl));
  expect([got.status, got.headers.get('content-length'), await got.text()]).toEqual([200, '0', '']);
});

test('a second PUT overwrites or is refused, a PUT after the delete is swallowed or refused', async () => {
  await start();
  const created = await create('a');
  await put(created.uploadUrl, 'one');
  await eventually(async () => ((await status(created.id)) === 'completed' ? true : null));
  expect((await put(created.uploadUrl, 'three')).status).toBe(200);
  const seen = (await harness.api('GET', `/v1/files/${created.id}`)).body;
  expect(await (await fetch(String(seen.downloadUrl))).text()).toBe('three');
  await harness.control('POST', '/switches', { secondPut: 'reject' });
  expect((await put(created.uploadUrl, 'no')).status).toBe(403);

  await harness.api('DELETE', `/v1/files/${created.id}`);
  expect((await put(created.uploadUrl, 'late')).status).toBe(200);
  await harness.control('POST', '/switches', { latePut: 'reject' });
  expect((await put(created.uploadUrl, 'late')).status).toBe(404);
  expect(await harness.tree(channelId)).toEqual([]);
});

test('the content type can be part of the signature', async () => {
  await start({ switches: { uploadTypeSigned: true } });
  const created = await create('a');
  expect((await put(created.uploadUrl, 'x', { 'content-type': 'text/plain' })).status).toBe(403);
  const typed = await put(created.uploadUrl, 'x', { 'content-type': 'application/octet-stream' });
  expect(typed.status).toBe(200);
});

test('bytes pass unchanged, whatever they are', async () => {
  await start();
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
  const done = await harness.upload(channelId, 'b.bin', bytes);
  expect(done.size).toBe(bytes.length);
  const got = Buffer.from(await (await fetch(String(done.downloadUrl))).arrayBuffer());
  expect(got.equals(bytes)).toBe(true);
  const own = await harness.control('GET', `/files?channelId=${encoded(channelId)}&path=%2Fb.bin`);
  expect(own.status).toBe(200);
  const { storage } = (await harness.control('GET', '/counts')).body as { storage: Json };
  expect(storage).toEqual({ puts: 1, gets: 1, bytesIn: 300_000, bytesOut: 300_000 });
});
