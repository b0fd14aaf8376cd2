import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts, freePort, isFree, PORT_NAMES } from '../../../src/local/ports';

let folder: string;
let file: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-ports-'));
  file = join(folder, 'ports.json');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

async function occupy(port = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

test('every part gets a free port of its own, and the choice is kept', async () => {
  const ports = await choosePorts(file);
  expect(new Set(Object.values(ports)).size).toBe(PORT_NAMES.length);
  for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(ports);
});

test('a second start uses the same ones', async () => {
  const first = await choosePorts(file);
  await expect(choosePorts(file)).resolves.toEqual(first);
});

test('one that is taken by now is replaced, the others stay', async () => {
  const first = await choosePorts(file);
  await occupy(first.dropbox);
  const second = await choosePorts(file);
  expect(second.dropbox).not.toBe(first.dropbox);
  expect({ ...second, dropbox: 0 }).toEqual({ ...first, dropbox: 0 });
});

test('the API prefers 8080 and the ones after it', async () => {
  const { api } = await choosePorts(file);
  expect(api).toBeGreaterThanOrEqual(8080);
  expect(api).toBeLessThan(8180);
  await occupy(api);
  const next = await choosePorts(join(folder, 'other.json'));
  expect(next.api).not.toBe(api);
  expect(next.api).toBeLessThan(8180);
});

test('a PORT of the user goes before what was used last', async () => {
  await choosePorts(file);
  const mine = await freePort();
  await expect(choosePorts(file, mine)).resolves.toMatchObject({ api: mine });
});

test('a PORT of the user that is taken is an error that says so', async () => {
  const taken = await occupy();
  await expect(choosePorts(file, taken)).rejects.toThrow(
    `PORT=${taken} is taken by another program. Stop that one, choose another PORT, or unset it.`,
  );
});

test.each(['', 'no json', '{"api":-1}', '{"api":"8080"}', '[]'])(
  'a damaged file %j counts as none',
  async (text) => {
    writeFileSync(file, text);
    await expect(choosePorts(file)).resolves.toHaveProperty('api');
  },
);
