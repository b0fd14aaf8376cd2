import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningPostgres, startPostgres } from '../../src/local/postgres';
import { createStore } from '../../src/store/client';
import { startInProcess } from '../support/callInProcess';

jest.setTimeout(120_000);

let dataDir: string;
const running: RunningPostgres[] = [];

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-start-'));
  chmodSync(folder, 0o711);
  dataDir = join(folder, 'postgres');
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  const pointer = join(dataDir, 'elsewhere');
  if (existsSync(pointer)) rmSync(readFileSync(pointer, 'utf8').trim(), { recursive: true });
  rmSync(join(dataDir, '..'), { recursive: true });
});

async function start(options: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, ...options });
  running.push(server);
  return server;
}

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const store = createStore(url, { poolSize: 1 });
  try {
    return await store.prisma.$queryRawUnsafe(text);
  } finally {
    await store.close();
  }
}

const remember = (url: string, word: string) =>
  sql(url, `CREATE TABLE "${word}" AS SELECT 1 AS x`).then(() => undefined);
const remembers = (url: string, word: string) => sql(url, `SELECT x FROM "${word}"`);

const gone = async (pid: number) => {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(20);
  }
  throw new Error(`process ${pid} is still there`);
};

async function answerOf(file: string): Promise<{ url: string; pid: number }> {
  const deadline = Date.now() + 60_000;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error('the starter did not come up');
    await delay(50);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

const isOpen = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });

test('a second start goes on with the same data, password and database', async () => {
  const first = await start();
  await remember(first.url, 'kept');
  await first.stop();
  expect(await isOpen('127.0.0.1', first.port)).toBe(false);
  const second = await start();
  expect(await remembers(second.url, 'kept')).toEqual([{ x: 1 }]);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
});

test('only this machine can reach it, and only with the password, which only its owner can read', async () => {
  const server = await start();
  expect(await isOpen('127.0.0.1', server.port)).toBe(true);
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address && !address.internal && address.family === 'IPv4');
  for (const address of outside) expect(await isOpen(address!.address, server.port)).toBe(false);
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  const url = new URL(server.url);
  url.password = 'guess';
  await expect(sql(url.toString(), 'SELECT 1')).rejects.toThrow(/password authentication failed|credentials/);
  expect(await sql(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
});

test('what was committed survives kill -9 of the server', async () => {
  const first = await start();
  expect(await sql(first.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  await remember(first.url, 'committed');
  process.kill(first.pid!, 'SIGKILL');
  await first.exited;
  await first.stop();
  const second = await start();
  expect(await remembers(second.url, 'committed')).toEqual([{ x: 1 }]);
});

test('a starter that was killed leaves nothing in the way', async () => {
  const call = startInProcess('test/support/holdPostgres', 'holdPostgres', [dataDir]);
  let held: { url: string; pid: number };
  try {
    held = await answerOf(join(dataDir, '..', 'held.json'));
    await remember(held.url, 'left');
  } finally {
    call.child.kill('SIGKILL');
  }
  await expect(call.result).rejects.toThrow(/SIGKILL/);
  const second = await start();
  expect(await remembers(second.url, 'left')).toEqual([{ x: 1 }]);
  await gone(held.pid);
});

test('a process id that was given to something else is no running server', async () => {
  const first = await start();
  await remember(first.url, 'there');
  const file = join(clusterOf(), 'postmaster.pid');
  const lines = readFileSync(file, 'utf8').split('\n');
  process.kill(first.pid!, 'SIGKILL');
  await first.exited;
  await first.stop();
  const stranger = startInProcess('test/support/holdPostgres', 'wait', []);
  writeFileSync(file, [String(stranger.child.pid), ...lines.slice(1)].join('\n'));
  try {
    const second = await start();
    expect(await remembers(second.url, 'there')).toEqual([{ x: 1 }]);
    expect(stranger.child.exitCode).toBeNull();
  } finally {
    stranger.child.kill('SIGKILL');
  }
});

test('two at once on one folder: the second is told who has it, and the first is unharmed', async () => {
  const server = await start();
  await expect(startPostgres({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
  expect(await sql(server.url, 'SELECT 1 AS x')).toEqual([{ x: 1 }]);
});

test('a fixed port that is taken is an error that says so', async () => {
  const server = await start();
  const other = join(dataDir, '..', 'other');
  await expect(startPostgres({ dataDir: other, port: server.port })).rejects.toThrow(
    /Address already in use/,
  );
  await expect(startPostgres({ dataDir: other, port: server.port })).rejects.toThrow(
    /Address already in use/,
  );
});

test('a cluster that was being made when the machine failed is made anew', async () => {
  mkdirSync(join(dataDir, 'cluster.new', 'base'), { recursive: true });
  const server = await start();
  expect(await sql(server.url, 'SELECT current_database() AS name')).toEqual([{ name: 'cairn' }]);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot(
  'a folder that the Postgres account can not enter: the files live elsewhere, and are found again',
  async () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lines: string[] = [];
    const first = await start({ log: (line) => lines.push(line) });
    const elsewhere = readFileSync(join(dataDir, 'elsewhere'), 'utf8').trim();
    expect(lines).toContainEqual(expect.stringContaining(elsewhere));
    await remember(first.url, 'afar');
    await first.stop();
    const second = await start();
    expect(await remembers(second.url, 'afar')).toEqual([{ x: 1 }]);
    await second.stop();
    // Who begins anew by deleting the data folder leaves nothing behind for good.
    rmSync(dataDir, { recursive: true });
    mkdirSync(dataDir, { mode: 0o700 });
    const third = await start();
    expect(existsSync(elsewhere)).toBe(false);
    await expect(remembers(third.url, 'afar')).rejects.toThrow(/does not exist/);
  },
);

asRoot('when the place elsewhere is gone, the message names the file that points at it', async () => {
  mkdirSync(dataDir, { mode: 0o700 });
  const gonePlace = join(dataDir, 'no-such-folder');
  writeFileSync(join(dataDir, 'elsewhere'), gonePlace);
  await expect(startPostgres({ dataDir })).rejects.toThrow(/which is gone.*delete .*elsewhere/);
  rmSync(join(dataDir, 'elsewhere'));
});

test('only an ephemeral one gives up durability', async () => {
  const server = await start({ ephemeral: true });
  expect(await sql(server.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
});

function clusterOf(): string {
  const pointer = join(dataDir, 'elsewhere');
  return join(existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : dataDir, 'cluster');
}
