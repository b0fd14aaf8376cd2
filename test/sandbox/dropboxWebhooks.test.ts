import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureOf } from '../../src/sandbox/dropbox/webhooks';
import { eventually, type Harness, type Json, startHarness } from './dropboxHarness';

const SECRET = 'test-app-secret';

interface Received {
  readonly signature: string | undefined;
  readonly body: string;
}

let h: Harness;
let target: Server;
let url: string;
let received: Received[];
let answers: number[];
let challenge: (asked: string) => string;
let silent: boolean;

beforeEach(async () => {
  received = [];
  answers = [];
  challenge = (asked) => asked;
  silent = false;
  target = createServer(async (request, response) => {
    if (silent) return;
    if (request.method === 'GET') {
      const asked = new URL(request.url ?? '', 'http://x.invalid').searchParams.get('challenge') ?? '';
      response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge(asked));
      return;
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const signature = request.headers['x-dropbox-signature'] as string | undefined;
    received.push({ signature, body: Buffer.concat(parts).toString('utf8') });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/hook`;
  h = await startHarness({ app: { key: 'test-app-key', secret: SECRET }, webhookUrl: url });
});

afterEach(async () => {
  await h.stop();
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});

const stats = async (): Promise<Json> => (await h.control('GET', '/webhooks')).stats as Json;
const hook = (settings: Json) => h.control('POST', '/webhooks', settings);
const arrivals = (count: number) => eventually(() => (received.length >= count ? received : undefined));

test('the signature is the known one', () => {
  const body =
    '{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]},"delta":{"users":[12345678]}}';
  expect(Buffer.byteLength(body)).toBe(102);
  expect(signatureOf(SECRET, body)).toBe('e5b56b0ae393c3ceab51c2bcabe85a704ccaa08325568fa5651a6a03343538de');
});

test('many changes at once are one signed notification that names the account alone', async () => {
  await hook({ coalesceMs: 300 });
  await Promise.all([h.put('/a', '1'), h.put('/b', '2'), h.put('/c', '3')]);
  await arrivals(1);
  await eventually(async () => ((await stats()).accepted === 1 ? true : undefined));
  expect(received).toHaveLength(1);
  const [first] = received;
  expect(JSON.parse(first?.body ?? '')).toEqual({
    list_folder: { accounts: [h.accountId] },
    delta: { users: [12345678] },
  });
  expect(first?.signature).toBe(signatureOf(SECRET, first?.body ?? ''));
});

test('a delivery that fails is repeated until it is taken', async () => {
  answers = [500, 503, 200];
  await hook({ firstRetryMs: 5 });
  await h.put('/a', '1');
  await arrivals(3);
  await eventually(async () => ((await stats()).accepted === 1 ? true : undefined));
  expect(await stats()).toMatchObject({ sent: 3, failed: 2, accepted: 1, givenUp: 0 });
});

test('after sustained failure it is switched off, and on again by a new registration', async () => {
  answers = Array<number>(50).fill(500);
  await hook({ firstRetryMs: 1, giveUpMs: 5, disableAfter: 1 });
  await h.put('/a', '1');
  await eventually(async () => ((await stats()).disabled ? true : undefined));
  answers = [];
  await hook({ url });
  const before = received.length;
  await h.put('/b', '1');
  await arrivals(before + 1);
});

test('a target that does not echo the challenge is not registered', async () => {
  expect(await h.control('POST', '/webhooks/verify')).toEqual({ verified: true });
  challenge = (asked) => `${asked} `;
  await expect(hook({ url, verify: true })).rejects.toThrow(/not registered/);
});

test.each([
  [{ copies: 3 }, 3, (one: Received) => one.signature === signatureOf(SECRET, one.body)],
  [{ signature: 'wrong' }, 1, (one: Received) => one.signature !== signatureOf(SECRET, one.body)],
  [{ signature: 'missing' }, 1, (one: Received) => one.signature === undefined],
  [{ strangers: 1_000 }, 1, (one: Received) => JSON.parse(one.body).list_folder.accounts.length === 1_001],
])('%j', async (settings, count, holds) => {
  await hook(settings);
  await h.put('/a', '1');
  expect((await arrivals(count)).every(holds)).toBe(true);
});

test('what is dropped never arrives; a later change does', async () => {
  await hook({ dropRatio: 1 });
  await h.put('/a', '1');
  await eventually(async () => ((await stats()).dropped === 1 ? true : undefined));
  await hook({ dropRatio: 0 });
  await h.put('/b', '1');
  await arrivals(1);
  expect(received).toHaveLength(1);
});

describe('several accounts', () => {
  let other: string;
  const changeBoth = async (): Promise<void> => {
    await h.put('/a', '1');
    await fetch(`${h.box.controlUrl}/files?path=/b&account=${other}`, { method: 'PUT', body: 'x' });
  };
  const told = () => received.map((one) => JSON.parse(one.body).list_folder.accounts as string[]);
  beforeEach(async () => {
    other = String((await h.control('POST', '/accounts', { email: 'other@example.com' })).id);
  });

  test('are one call', async () => {
    await hook({ coalesceMs: 100 });
    const together = () => told().some((accounts) => accounts.length === 2);
    // On a busy machine the second change may come after the first one's notification has left.
    for (let tries = 0; !together() && tries < 20; tries++) {
      const before = received.length;
      await changeBoth();
      await arrivals(before + 1);
    }
    expect(told().map((accounts) => accounts.sort())).toContainEqual([h.accountId, other].sort());
  });

  test('or one call each, the first of which is overtaken', async () => {
    await hook({ coalesceMs: 100, batch: false, reorder: true });
    await changeBoth();
    await arrivals(2);
    expect(told()).toEqual([[other], [h.accountId]]);
  });
});

test('a notification can come late', async () => {
  await hook({ delayMs: 90 });
  const begun = performance.now();
  await h.put('/a', '1');
  await arrivals(1);
  expect(performance.now() - begun).toBeGreaterThan(85);
});

test('a target that never answers is not registered, and what is sent to it counts as failed', async () => {
  silent = true;
  await expect(hook({ url, timeoutMs: 20, verify: true })).rejects.toThrow(/not registered/);
  await hook({ timeoutMs: 20, firstRetryMs: 1, giveUpMs: 1 });
  expect(await h.control('POST', '/webhooks/verify')).toEqual({ verified: false });
  await h.put('/a', '1');
  await eventually(async () => ((await stats()).givenUp === 1 ? true : undefined));
  expect(await stats()).toMatchObject({ accepted: 0, failed: 1 });
});

test('what is poked is told without a change', async () => {
  await h.control('POST', '/webhooks/poke', {});
  const [first] = await arrivals(1);
  expect(JSON.parse(first?.body ?? '').list_folder.accounts).toEqual([h.accountId]);
});
