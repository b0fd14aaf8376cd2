import { z } from 'zod';
import { ask } from './localHttp';
import type { Seeded } from './seed';

export type LocalApi = {
  readonly url: string;
  /** An Assembly app token of the demo portal's staff. */
  readonly token: string;
};

const STEP_MS = 30_000;
const MOST_STEPS = 6;

const Sync = z.object({ id: z.string(), assemblyChannelId: z.string() });

/** A token of the portal's staff, as Assembly would put it into the page's address. */
export async function staffToken(assemblyControl: string, portalId: string): Promise<string> {
  const json = { workspaceId: portalId };
  const answer = await ask(`${assemblyControl}/token`, z.object({ token: z.string() }), {
    method: 'POST',
    json,
  });
  return answer.token;
}

/** Connects the portal's Dropbox by the same clicks as a person, unless it is connected. */
export async function connectDropbox(api: LocalApi, signal: AbortSignal): Promise<void> {
  const status = await connectionStatus(api, signal);
  if (status === 'connected') return;
  const page = await walk(
    new URL(`/auth/dropbox/start?token=${encodeURIComponent(api.token)}`, api.url),
    signal,
  );
  const now = await connectionStatus(api, signal);
  if (now !== 'connected') {
    throw new Error(`Dropbox was not connected (${now}). The last page said: ${textOf(page)}`);
  }
}

/** The sync of the channel with the folder; made if there is none. Returns its id. */
export async function ensureSync(api: LocalApi, seeded: Seeded, signal: AbortSignal): Promise<string> {
  const headers = headersOf(api);
  const { items } = await ask(`${api.url}/api/syncs`, z.object({ items: z.array(Sync) }), {
    headers,
    signal,
  });
  const known = items.find((sync) => sync.assemblyChannelId === seeded.channelId);
  if (known) return known.id;
  const json = { assemblyChannelId: seeded.channelId, dropboxPath: seeded.dropboxPath };
  return (await ask(`${api.url}/api/syncs`, Sync, { method: 'POST', headers, json, signal })).id;
}

export const headersOf = ({ token }: LocalApi) => ({ 'x-assembly-token': token });

async function connectionStatus(api: LocalApi, signal: AbortSignal): Promise<string> {
  const Connection = z.object({ status: z.string() });
  return (await ask(`${api.url}/api/connection`, Connection, { headers: headersOf(api), signal })).status;
}

/**
 * Follows redirects from page to page, pressing Allow where it is offered, as a browser would: with cookies by origin.
 * @returns the page it ends on
 */
async function walk(start: URL, signal: AbortSignal): Promise<string> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let step = 0; step < MOST_STEPS; step++) {
    const cookie = cookies.get(url.origin);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: cookie === undefined ? {} : { cookie },
      signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]),
    });
    const given = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    if (given.length > 0) cookies.set(url.origin, given.join('; '));
    const page = await response.text();
    const location = response.headers.get('location');
    const next = response.status >= 300 && response.status < 400 ? location : allowLink(page);
    if (next === null) return page;
    url = new URL(next, url);
  }
  throw new Error(`Connecting Dropbox did not end after ${MOST_STEPS} pages.`);
}

/** The address behind Allow on the sandbox's authorize page. */
function allowLink(page: string): string | null {
  const href = /<a [^>]*id="allow"[^>]*href="([^"]*)"/.exec(page)?.[1];
  return href === undefined ? null : unescapeHtml(href);
}

const unescapeHtml = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

const textOf = (page: string) =>
  page
    .replace(/<style[\s\S]*?<\/style>|<script[\s\S]*?<\/script>|<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 400);
