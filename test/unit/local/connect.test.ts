import type { IncomingMessage } from 'node:http';
import { connectDropbox, ensureSync } from '../../../src/local/connect';
import { sendJson, serve } from './support/server';

const never = new AbortController().signal;
const seeded = {
  portalId: 'demo',
  channelId: 'us-east-1_X/c1',
  dropboxPath: '/Cairn demo',
  dropboxDir: null,
  assemblyDir: null,
};

/** An API with the OAuth routes, and the authorize page of a Dropbox on another origin. */
async function world(options: { refuses?: boolean } = {}) {
  const seen = { starts: 0, cookie: '' as string | undefined, posts: [] as unknown[], syncs: [] as object[] };
  let connected = false;
  const dropbox = await serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://dropbox');
    if (url.searchParams.get('decision') === 'allow') {
      const state = url.searchParams.get('state');
      response.writeHead(302, { location: `${api.url}/auth/dropbox/callback?code=c1&state=${state}` }).end();
      return;
    }
    const link = `?${url.searchParams}&decision=allow`.replaceAll('&', '&#38;');
    response.end(`<a id="allow" href="${link}">Allow</a> <a id="deny" href="?decision=deny">Deny</a>`);
  });
  const api = await serve(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://api');
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /api/connection':
        return sendJson(response, { status: connected ? 'connected' : 'none' });
      case 'GET /auth/dropbox/start':
        seen.starts++;
        expect(url.searchParams.get('token')).toBe('staff');
        response.setHeader('set-cookie', 'browser=b1; Path=/auth/dropbox; HttpOnly');
        response
          .writeHead(302, { location: `${dropbox.url}/web/oauth2/authorize?state=s1&client_id=k` })
          .end();
        return undefined;
      case 'GET /auth/dropbox/callback':
        seen.cookie = request.headers.cookie;
        connected = !options.refuses && url.searchParams.get('code') === 'c1';
        response.end('<style>h1{}</style><h1>This did not work</h1><p>Another browser.</p>');
        return undefined;
      case 'GET /api/syncs':
        return sendJson(response, { items: seen.syncs });
      case 'POST /api/syncs': {
        const body = await json(request);
        seen.posts.push(body);
        return sendJson(response, { id: 'new', ...body }, 201);
      }
      default:
        return sendJson(response, {}, 404);
    }
  });
  const close = async () => {
    await api.close();
    await dropbox.close();
  };
  return { api: { url: api.url, token: 'staff' }, seen, close };
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}

test('Dropbox is connected by following the pages and pressing Allow, with the cookie of the first', async () => {
  const { api, seen, close } = await world();
  await connectDropbox(api, never);
  expect(seen).toMatchObject({ starts: 1, cookie: 'browser=b1' });
  await connectDropbox(api, never);
  expect(seen.starts).toBe(1);
  await close();
});

test('a flow that ends unconnected is an error with the words of the last page', async () => {
  const { api, close } = await world({ refuses: true });
  await expect(connectDropbox(api, never)).rejects.toThrow(
    'Dropbox was not connected (none). The last page said: This did not work Another browser.',
  );
  await close();
});

test('the sync is made once', async () => {
  const { api, seen, close } = await world();
  await expect(ensureSync(api, seeded, never)).resolves.toBe('new');
  expect(seen.posts).toEqual([{ assemblyChannelId: 'us-east-1_X/c1', dropboxPath: '/Cairn demo' }]);
  seen.syncs.push({ id: 'known', assemblyChannelId: 'us-east-1_X/c1' });
  await expect(ensureSync(api, seeded, never)).resolves.toBe('known');
  expect(seen.posts).toHaveLength(1);
  await close();
});
