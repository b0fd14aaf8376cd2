import { createAssemblyClient, LIST_LIMIT } from '../../../src/assembly';
import type { AssemblyCallKind } from '../../../src/assembly/types';
import { createTransferPolicy } from '../../../src/net/transferPolicy';
import { rejection } from '../net/servers';
import { against, CHANNEL, errorOf, file, json, KEY, servers } from './apiServer';

afterEach(() => servers.closeAll());

describe('the requests', () => {
  test.each<
    [string, (client: ReturnType<typeof createAssemblyClient>) => Promise<unknown>, unknown, AssemblyCallKind]
  >([
    [
      `GET /v1/files?channelId=us-east-1_X%2F339b6252&limit=${LIST_LIMIT}`,
      (client) => client.listFiles({ channelId: CHANNEL }),
      '',
      'list',
    ],
    [
      'GET /v1/files?channelId=c%20%26&path=Tax%2F%C3%A9&limit=100&nextToken=a%2Bb%3D',
      (client) => client.listFiles({ channelId: 'c &', path: '/Tax/é', nextToken: 'a+b=', limit: 100 }),
      '',
      'list',
    ],
    ['GET /v1/files/a%20b%23%3F%C3%A9', (client) => client.retrieveFile('a b#?é'), '', 'retrieve'],
    [
      'POST /v1/files/file',
      (client) => client.createFile({ channelId: CHANNEL, path: '/Tax/a.pdf' }),
      { path: 'Tax/a.pdf', channelId: CHANNEL },
      'create',
    ],
    [
      'POST /v1/files/folder',
      (client) => client.createFolder({ channelId: CHANNEL, path: 'Tax' }),
      { path: 'Tax', channelId: CHANNEL },
      'create',
    ],
    ['DELETE /v1/files/f1', (client) => client.deleteFile('f1'), '', 'delete'],
    ['GET /v1/channels/files?limit=1000', (client) => client.listChannels({}), '', 'channels'],
    [
      'GET /v1/channels/files/us-east-1_X/339b6252',
      (client) => client.retrieveChannel(CHANNEL),
      '',
      'channels',
    ],
    [
      'GET /v1/clients?limit=1000&nextToken=n',
      (client) => client.listClients({ nextToken: 'n' }),
      '',
      'people',
    ],
    ['GET /v1/companies?limit=1000', (client) => client.listCompanies({}), '', 'people'],
  ])('%s', async (line, act, body, kind) => {
    const all = {
      ...file,
      uploadUrl: 'https://s3.example/put',
      deleted: true,
      data: [],
      membershipType: 'group',
    };
    const { client, seen, acquired, calls } = await against(json(all));
    await act(client);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.line).toBe(line);
    expect(seen[0]?.headers['x-api-key']).toBe(`ws_1/${KEY}`);
    expect(seen[0]?.headers.authorization).toBeUndefined();
    expect(seen[0]?.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
    expect(seen[0]?.body).toBe(body === '' ? '' : JSON.stringify(body));
    expect(acquired).toEqual([kind]);
    expect(calls).toEqual([{ kind, status: 200 }]);
  });

  test.each(['', '.', '..', 'a/../b', 'a//b', '\ud800'])('the id %j leads to no other route', async (id) => {
    const { client, seen, acquired } = await against(json({}));
    expect((await errorOf(client.deleteFile(id))).code).toBe('rejected');
    expect((await errorOf(client.retrieveFile(id))).code).toBe('rejected');
    expect(await client.retrieveChannel(id)).toBeNull();
    expect([seen, acquired]).toEqual([[], []]);
  });

  test('two portals in one process use their own keys, however their calls interleave', async () => {
    const { client, seen, port } = await against(json({ data: [] }));
    const other = createAssemblyClient({
      apiUrl: `http://127.0.0.1:${port}`,
      apiKey: KEY,
      portalId: 'ws_2',
      limiter: { acquire: async () => undefined },
      transfer: createTransferPolicy({ hosts: [], allowPrivate: false }),
    });
    const calls = Array.from({ length: 40 }, (_, at) =>
      (at % 2 === 0 ? client : other).listFiles({ channelId: at % 2 === 0 ? 'of-1' : 'of-2' }),
    );
    await Promise.all(calls);
    expect(seen).toHaveLength(40);
    for (const { line, headers } of seen) {
      expect(headers['x-api-key']).toBe(`ws_${line.includes('of-1') ? 1 : 2}/${KEY}`);
    }
  });

  test.each([{ portalId: '' }, { portalId: 'a/b' }, { portalId: 'a\r\nb' }, { apiKey: '' }])(
    'a client with %j is not made',
    async (bad) => {
      await expect(against(json({}), bad)).rejects.toThrow(/portal id|API key/);
    },
  );

  test('nothing is sent before the limiter lets it', async () => {
    const full = new Error('no room');
    const { client, seen } = await against(json({}), { limiter: { acquire: () => Promise.reject(full) } });
    expect(await rejection(client.listFiles({ channelId: 'c' }))).toBe(full);
    expect(seen).toEqual([]);
  });
});

describe('the size of a page', () => {
  const limits = (seen: readonly { line: string }[]) => seen.map(({ line }) => /limit=(\d+)/.exec(line)?.[1]);
  /** Refuses as the real one might: by 400, above what it takes. */
  const taking = (most: number, page: unknown = { data: [] }) =>
    against((response, line) => {
      const asked = Number(/limit=(\d+)/.exec(line)?.[1]);
      json(asked > most ? { message: `limit must not exceed ${most}` } : page, asked > most ? 400 : 200)(
        response,
        line,
      );
    });

  test('goes down to what Assembly takes, and stays there', async () => {
    const { client, seen, acquired, calls } = await taking(100, { data: [file] });
    expect((await client.listFiles({ channelId: CHANNEL })).objects).toHaveLength(1);
    await client.listFiles({ channelId: CHANNEL, nextToken: 'n' });
    expect(limits(seen)).toEqual([String(LIST_LIMIT), '100', '100']);
    // Each call was let through and metered: the second is no hidden one.
    expect([acquired, calls.length]).toEqual([['list', 'list', 'list'], 3]);
  });

  test('is not the trouble where 100 are refused too: a missing channel is told as such', async () => {
    const { client, seen } = await taking(0);
    expect((await errorOf(client.listFiles({ channelId: CHANNEL }))).code).toBe('rejected');
    await errorOf(client.listFiles({ channelId: CHANNEL }));
    expect(limits(seen)).toEqual([String(LIST_LIMIT), '100', String(LIST_LIMIT), '100']);
  });

  test('that a caller asks for is asked for once', async () => {
    const { client, seen } = await taking(100);
    expect((await errorOf(client.listFiles({ channelId: CHANNEL, limit: 200 }))).code).toBe('rejected');
    expect(limits(seen)).toEqual(['200']);
  });

  test.each([401, 403, 404, 429, 500])('is not changed by a %i', async (status) => {
    const { client, seen } = await against(json({ message: 'no' }, status));
    await errorOf(client.listFiles({ channelId: CHANNEL }));
    expect(seen).toHaveLength(1);
  });
});
