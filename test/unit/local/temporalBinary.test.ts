import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { liveOwner, processMark } from '../../../src/local/postgresOwner';
import { ensureTemporal } from '../../../src/local/temporal';
import {
  damage,
  type FakeMachine,
  fakeDownload,
  fakeGo,
  fakeMachine,
  put,
  temporalScript,
  unreachable,
} from './support/fakeTemporal';
import { until } from './support/until';

let machine: FakeMachine;
beforeEach(() => {
  machine = fakeMachine();
});
afterEach(() => machine.remove());

const ensure = (more: Parameters<typeof ensureTemporal>[0] = {}) =>
  ensureTemporal({ env: machine.env, moduleFolder: machine.moduleFolder, fetch: unreachable, ...more });

describe('TEMPORAL_CLI_PATH', () => {
  const named = (path: string) => ensure({ env: { ...machine.env, TEMPORAL_CLI_PATH: path } });

  test('goes before everything else', async () => {
    machine.program('temporal', temporalScript('1.31.2'));
    const path = put(join(machine.folder, 'mine'), temporalScript('1.29.0'));
    await expect(named(path)).resolves.toEqual({ path, source: 'env' });
  });

  test('is an error when nothing is there, and nothing else is tried', async () => {
    machine.program('temporal', temporalScript('1.31.2'));
    await expect(named('/nowhere/temporal')).rejects.toThrow(
      "TEMPORAL_CLI_PATH can't be used: /nowhere/temporal does not exist or is not executable. Correct it, or unset it.",
    );
  });

  test.each([
    [
      'an old server',
      temporalScript('1.28.9'),
      'its server is 1.28.9, older than the 1.29.0 that Cairn needs',
    ],
    ['something else', '#!/bin/sh\necho hello\n', 'names no server version (it said "hello")'],
    ['a program that fails', '#!/bin/sh\nexit 3\n', 'failed'],
  ])('is an error with %s', async (_, script, message) => {
    await expect(named(put(join(machine.folder, 'mine'), script))).rejects.toThrow(message);
  });
});

describe('a binary on PATH', () => {
  test('is taken when its server is new enough', async () => {
    const path = machine.program('temporal', temporalScript('1.30.1'));
    fakeGo(machine);
    await expect(ensure()).resolves.toEqual({ path, source: 'path' });
    expect(machine.builds()).toBe(0);
  });

  test('is passed over when its server is too old', async () => {
    machine.program('temporal', temporalScript('1.9.0'));
    fakeGo(machine);
    await expect(ensure()).resolves.toMatchObject({ source: 'built' });
  });
});

describe('building with Go', () => {
  test('happens once, below the home folder; later the cached binary is taken', async () => {
    fakeGo(machine);
    const said: string[] = [];
    const built = await ensure({ log: (line) => said.push(line) });
    expect(built.source).toBe('built');
    expect(built.path).toMatch(
      new RegExp(`^${machine.folder}/.cache/cairn/temporal/1\\.8\\.2-[0-9a-f]{16}/temporal$`),
    );
    expect(said.join('\n')).toContain('Building the Temporal server with Go');
    await expect(ensure()).resolves.toEqual({ path: built.path, source: 'cache' });
    expect(machine.builds()).toBe(1);
    expect(readdirSync(dirname(built.path)).sort()).toEqual(['temporal', 'temporal.sha256']);
  });

  test('XDG_CACHE_HOME says where', async () => {
    fakeGo(machine);
    const cache = join(machine.folder, 'elsewhere');
    const { path } = await ensure({ env: { ...machine.env, XDG_CACHE_HOME: cache } });
    expect(path.startsWith(join(cache, 'cairn', 'temporal'))).toBe(true);
  });

  test('happens again when the cached binary is not what was put there', async () => {
    fakeGo(machine);
    const { path } = await ensure();
    damage(path);
    await expect(ensure()).resolves.toEqual({ path, source: 'built' });
    expect(machine.builds()).toBe(2);
  });

  test('happens again for another go.sum', async () => {
    fakeGo(machine);
    const first = await ensure();
    writeFileSync(join(machine.moduleFolder, 'go.sum'), 'other sums\n');
    const second = await ensure();
    expect(second).toMatchObject({ source: 'built' });
    expect(second.path).not.toBe(first.path);
  });

  test('happens once when two want it at the same time', async () => {
    fakeGo(machine, 'sleep 0.3');
    const both = await Promise.all([ensure(), ensure()]);
    expect(both.map(({ source }) => source).sort()).toEqual(['built', 'cache']);
    expect(machine.builds()).toBe(1);
  });

  test('waits for the process that builds already, and takes over when that one dies', async () => {
    fakeGo(machine);
    const { path } = await ensure();
    damage(path);
    const other = spawn('sleep', ['60']);
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: other.pid, mark: processMark(other.pid!) }));
    const said: string[] = [];
    const waiting = ensure({ log: (line) => said.push(line) });
    await until(() => said.some((line) => line.startsWith(`Waiting for process ${other.pid}`)));
    expect(machine.builds()).toBe(1);
    other.kill('SIGKILL');
    await expect(waiting).resolves.toEqual({ path, source: 'built' });
  });

  test('does not wait for a process that is dead', async () => {
    fakeGo(machine);
    const { path } = await ensure();
    damage(path);
    const lock = `${path}.lock`;
    writeFileSync(lock, JSON.stringify({ pid: process.pid, mark: 'another life of this id' }));
    expect(liveOwner(lock)).toBeUndefined();
    await expect(ensure()).resolves.toMatchObject({ source: 'built' });
    expect(existsSync(lock)).toBe(false);
  });

  test('is ended by a stop, and leaves nothing behind', async () => {
    fakeGo(
      machine,
      `trap 'echo interrupted >> "${join(machine.folder, 'ended')}"; exit 1' INT; while :; do sleep 0.05; done`,
    );
    const stopping = new AbortController();
    const cacheDir = join(machine.folder, 'cache');
    const building = ensure({ signal: stopping.signal, cacheDir });
    building.catch(() => undefined);
    await until(() => machine.builds() === 1);
    stopping.abort(new Error('stopped by a person'));
    await expect(building).rejects.toThrow('stopped by a person');
    expect(existsSync(join(machine.folder, 'ended'))).toBe(true);
    const [place] = readdirSync(cacheDir);
    expect(readdirSync(join(cacheDir, place!))).toEqual([]);
  });
});

describe('downloading', () => {
  test('is the last way, and is cached too', async () => {
    machine.program('go', '#!/bin/sh\necho "go: no network" >&2\nexit 1\n');
    const { fetch, asked } = fakeDownload(machine);
    const first = await ensure({ fetch });
    expect(first.source).toBe('downloaded');
    expect(asked[0]).toMatch(
      /^https:\/\/temporal\.download\/cli\/v1\.8\.2\?arch=\w+&platform=\w+&format=tar\.gz$/,
    );
    await expect(ensure({ fetch })).resolves.toEqual({ path: first.path, source: 'cache' });
    expect(asked).toHaveLength(2);
  });

  test('of something that is no Temporal server is refused', async () => {
    const fetch: typeof globalThis.fetch = async (input) =>
      String(input).includes('temporal.download')
        ? Response.json({ archiveUrl: 'https://files.example.com/t.tar.gz', fileToExtract: 'temporal' })
        : new Response('no archive');
    await expect(ensure({ fetch })).rejects.toThrow(
      /Downloading it: "tar" could not take temporal out of the archive: \S/,
    );
  });
});

test('when nothing works, one message lists every way, why it failed, and what to do', async () => {
  machine.program('temporal', temporalScript('1.20.0'));
  machine.program('go', '#!/bin/sh\necho "go: module lookup disabled" >&2\nexit 1\n');
  const failure = await ensure().catch((error: Error) => error);
  const lines = (failure as Error).message.split('\n');
  expect(lines[0]).toBe('No Temporal server could be found or made. Tried, in this order:');
  expect(lines[1]).toBe('  - TEMPORAL_CLI_PATH: not set');
  expect(lines[2]).toContain('A binary on PATH: its server is 1.20.0, older than');
  expect(lines[3]).toContain('A cached binary: nothing at');
  expect(lines[4]).toContain('A cached binary: nothing at');
  expect(lines[5]).toBe('  - Building it with Go: "go build" ended with 1: go: module lookup disabled');
  expect(lines[6]).toBe(
    "  - Downloading it: temporal.download can't be reached: fetch failed (getaddrinfo ENOTFOUND)",
  );
  expect(lines.slice(7).join('\n')).toMatch(
    /install Go[\s\S]*install the Temporal CLI[\s\S]*TEMPORAL_ADDRESS/,
  );
});

test('a machine without Go says so', async () => {
  await expect(ensure()).rejects.toThrow('Building it with Go: there is no "go" on PATH');
});

test('a cache that can not be written is a failure of building, told with its reason', async () => {
  fakeGo(machine);
  const cacheDir = join(machine.folder, 'file');
  mkdirSync(machine.folder, { recursive: true });
  writeFileSync(cacheDir, '');
  await expect(ensure({ cacheDir })).rejects.toThrow(/Building it with Go: .*(ENOTDIR|EEXIST)/);
});
