import { createHmac } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Measure, measure, percentile } from '../result';
import { inSystem, type Row } from '../row';
import { untilConverged } from '../system/converged';
import { untilIdle } from '../system/engine';
import { createPortal, type Portal } from '../system/portal';
import { personOn } from '../system/side';
import type { BenchSystem } from '../system/startSystem';

const PER_SECOND = 100;
/** So long at the same pace first, uncounted: a process that has just begun compiles what it runs. */
const WARM_UP_SECONDS = 5;
const SECONDS = 20;
const SETTLE_MS = 60_000;

/** A call that one side would make. */
interface Webhook {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * How soon a webhook is answered while a hundred a second come in, half from each side, all for one sync and all with
 * news, so that each becomes a durable hint. They leave on time whether or not earlier ones have been answered.
 */
export const webhooks: Row = {
  name: 'webhooks',
  run: (context) =>
    inSystem(context, 1, async (system) => {
      const send = await senders(system);
      await untilIdle(system.gateway, system.signal);
      const acks = await Promise.all(await atPace(send, system.signal));
      await untilIdle(system.gateway, system.signal);
      const refused = acks.filter(({ status }) => status !== 200);
      if (refused.length > 0) throw new Error(refusals(refused));
      const times = acks.slice(PER_SECOND * WARM_UP_SECONDS).map(({ ms }) => ms);
      return acknowledged(times);
    }),
};

const refusals = (refused: readonly { status: number; ms: number; second: number }[]): string =>
  `${refused.length} were not taken: ${refused
    .slice(0, 5)
    .map(({ status, ms, second }) => `${status} after ${Math.round(ms)} ms in second ${second}`)
    .join(', ')}`;

const acknowledged = (times: readonly number[]): Measure[] => [
  measure('p50', percentile(times, 0.5), 'ms'),
  measure('p99', percentile(times, 0.99), 'ms'),
  measure('slowest', Math.max(...times), 'ms'),
  measure('webhooks', times.length),
];

/** Sends on time; resolves when the last one has left. A time counts from when the call was due. */
async function atPace(
  next: (number: number) => Webhook,
  signal: AbortSignal,
): Promise<Promise<{ status: number; ms: number; second: number }>[]> {
  const agent = new Agent({ keepAlive: true });
  // As many calls as can be under way hear of the end.
  setMaxListeners(PER_SECOND * SECONDS, signal);
  signal.addEventListener('abort', () => agent.destroy());
  const began = performance.now();
  const sent: Promise<{ status: number; ms: number; second: number }>[] = [];
  for (let number = 0; number < PER_SECOND * (WARM_UP_SECONDS + SECONDS); number++) {
    const due = began + (number * 1_000) / PER_SECOND;
    const waitMs = due - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    const second = Math.floor(number / PER_SECOND);
    sent.push(
      post(next(number), agent, signal).then((status) => ({ status, ms: performance.now() - due, second })),
    );
  }
  return sent;
}

/** Plain, since the sender shares the cores with what it measures: `fetch` takes twice as much of them. */
const post = ({ url, headers, body }: Webhook, agent: Agent, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers, signal }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });

async function senders(system: BenchSystem): Promise<(number: number) => Webhook> {
  const { sandbox, signal, store } = system;
  const portal = await createPortal(system.apiUrl, sandbox, signal);
  await personOn('assembly', sandbox, portal, signal).put('/known.txt', Buffer.from('known'), 5);
  await untilConverged(system, await portal.map(signal), 1, SETTLE_MS);
  const connection = await store.prisma.dropboxConnection.findFirstOrThrow();
  const { assemblyFileId } = await store.prisma.fileFolderSync.findFirstOrThrow();
  return (number) =>
    number % 2 === 0
      ? fromDropbox(system, connection.accountId)
      : fromAssembly(system, portal, assemblyFileId ?? '', number);
}

function fromDropbox({ apiUrl, secrets }: BenchSystem, account: string): Webhook {
  const body = JSON.stringify({ list_folder: { accounts: [account] }, delta: { users: [] } });
  const signature = hmac(secrets.sandbox.dropboxSecret, body);
  return { url: `${apiUrl}/webhooks/dropbox`, headers: { 'x-dropbox-signature': signature }, body };
}

/** A version that was never seen is news. */
function fromAssembly({ apiUrl, secrets }: BenchSystem, portal: Portal, id: string, number: number): Webhook {
  const { channelId } = portal;
  const updatedAt = new Date(Date.now() + number).toISOString();
  const data = { id, object: 'file', channelId, path: 'known.txt', status: 'completed', updatedAt };
  const body = JSON.stringify({ eventType: 'file.updated', data });
  const url = new URL(`${apiUrl}/webhooks/assembly`);
  url.searchParams.set('token', portal.api.token);
  const signature = hmac(secrets.ASSEMBLY_WEBHOOK_SECRET, body);
  return { url: url.href, headers: { 'x-copilot-signature': signature }, body };
}

const hmac = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');
