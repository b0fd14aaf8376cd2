import { encoded, eventually, type Json, KEY, useToldSandbox } from './assemblyHarness';

const { harness, receiver, channelId } = useToldSandbox();

const switches = (changed: Json) => harness.control('POST', '/switches', changed);
const create = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${harness.sandbox.apiUrl}/v1/files/file`, {
    method: 'POST',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ channelId: channelId(), path }),
  }).then(async (answer) => (await answer.json()) as Json);
const listed = async (query = '') =>
  (await harness.api('GET', `/v1/files?channelId=${encoded(channelId())}${query}`)).body.data as Json[];

test('a link that does not exist yet is left out, or empty', async () => {
  const { id } = await create('a');
  const seen = async () => [(await harness.api('GET', `/v1/files/${id}`)).body, (await listed())[0] ?? {}];
  for (const one of await seen()) expect(one).not.toHaveProperty('downloadUrl');
  await switches({ pendingDownloadUrl: 'empty' });
  for (const one of await seen()) expect(one.downloadUrl).toBe('');
});

test('presigned links and sessions live as long as the switch says', async () => {
  await switches({ urlLifetimeSeconds: 60, sessionLifetimeSeconds: 60 });
  const { downloadUrl } = await harness.upload(channelId(), 'a', 'x');
  const session = async () =>
    (await harness.api('GET', '/v1/workspaces', undefined, `${KEY}/token-1`)).status;
  expect(await session()).toBe(200);
  await harness.control('POST', '/clock', { advanceMs: 59_000 });
  expect([(await fetch(String(downloadUrl))).status, await session()]).toEqual([200, 200]);
  await harness.control('POST', '/clock', { advanceMs: 2_000 });
  expect([(await fetch(String(downloadUrl))).status, await session()]).toEqual([403, 403]);
});

test('folder creates join one another only within the window', async () => {
  await switches({ folderRace: 'sameId', folderRaceWindowMs: 0 });
  const folder = () => harness.api('POST', '/v1/files/folder', { channelId: channelId(), path: 'A' });
  const { body } = await folder();
  expect(body.id).toEqual(expect.any(String));
  expect((await folder()).body.message).toBe('Folder already exists');
});

test('lists of people and channels have a largest page, which clamps or refuses', async () => {
  for (let n = 0; n < 3; n++) await harness.control('POST', '/clients', { givenName: `C${n}` });
  await switches({ maxLimit: 2 });
  const page = await harness.api('GET', '/v1/clients?limit=10000');
  expect([(page.body.data as Json[]).length, typeof page.body.nextToken]).toEqual([2, 'string']);
  await switches({ overLimit: 'reject' });
  expect((await harness.api('GET', '/v1/clients?limit=10000')).status).toBe(400);
});

test('what is documented as nullable is null always, never or now and then', async () => {
  const company = (await harness.control('POST', '/companies', { name: 'One' })).body;
  await harness.control('POST', '/clients', { companyId: company.id });
  const nullable = async () => {
    const first = async (path: string) => ((await harness.api('GET', path)).body.data as Json[])[0] ?? {};
    const [client, one, user, channel] = [
      await first('/v1/clients'),
      await first('/v1/companies'),
      await first('/v1/internal-users'),
      await first('/v1/channels/files'),
    ];
    return [
      client.avatarImageUrl,
      client.customFields,
      one.iconImageUrl,
      one.customFields,
      user.companyAccessList,
      user.avatarImageUrl,
      channel.memberIds,
    ];
  };
  await switches({ nullFields: 'always' });
  expect(await nullable()).toEqual(Array(7).fill(null));
  await switches({ nullFields: 'never' });
  expect(await nullable()).not.toContain(null);
  await switches({ nullFields: 'mixed' });
  const mixed = await nullable();
  expect([mixed.includes(null), mixed.some((value) => value !== null)]).toEqual([true, true]);
});

test('no key of the caller makes a create idempotent', async () => {
  const headers = { 'idempotency-key': 'k1', 'x-idempotency-key': 'k1' };
  const [one, two] = [await create('a', headers), await create('a', headers)];
  expect(one.id).not.toBe(two.id);
  expect(await listed()).toHaveLength(2);
});

test('a successful PUT answers with nothing', async () => {
  const { uploadUrl } = await create('a');
  const answer = await fetch(String(uploadUrl), { method: 'PUT', body: 'x' });
  expect([answer.status, await answer.text()]).toEqual([200, '']);
});

test('events of one object wait for one another, unless they are concurrent', async () => {
  const webhooks = (body: Json) => harness.control('POST', '/webhooks', body);
  const types = () => receiver.hooks.map((hook) => hook.eventType);
  const act = async (name: string) => {
    await harness.control('POST', '/links', {
      channelId: channelId(),
      path: name,
      linkUrl: 'https://example.org/',
    });
    await harness.control('POST', '/move', { channelId: channelId(), from: name, to: `${name}2` });
  };
  await webhooks({ timeoutMs: 1_500, retryDelaysMs: [1] });
  receiver.answers.push(0);
  await act('a');
  await receiver.count(3);
  expect(types()).toEqual(['link.created', 'link.created', 'link.updated']);
  await webhooks({ timeoutMs: 10_000, mode: { concurrent: true } });
  receiver.answers.push(0);
  await act('b');
  // The first one is never answered; the second does not wait for that.
  await eventually(() => (types().length >= 5 ? true : null));
  expect(types().slice(3).sort()).toEqual(['link.created', 'link.updated']);
});
