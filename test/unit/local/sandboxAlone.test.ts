import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSandboxAlone } from '../../../src/local/sandboxAlone';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-alone-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const stop = new AbortController();
  const out: string[] = [];
  const said: string[] = [];
  let tell = (): void => undefined;
  const up = new Promise<void>((resolve) => {
    tell = resolve;
  }).then(
    (): Record<string, string> => Object.fromEntries(out.map((line) => line.split(/=(.*)/).slice(0, 2))),
  );
  const say = (text: string): void => {
    said.push(text);
    tell();
  };
  const ended = runSandboxAlone(args, { env, out: (text) => out.push(text), say, signal: stop.signal });
  return { up, said, out, ended, stop: () => stop.abort() };
}

test('both simulators answer under the addresses that are printed, until they are asked to stop', async () => {
  const alone = start(['--data-dir', folder]);
  const settings = await alone.up;
  for (const name of ['DROPBOX_CONTROL', 'ASSEMBLY_CONTROL']) {
    expect((await fetch(`${settings[name]}/switches`)).status).toBe(200);
  }
  const { DROPBOX_API_URL, ASSEMBLY_API_URL } = settings;
  expect((await fetch(`${DROPBOX_API_URL}/2/users/get_current_account`, { method: 'POST' })).status).toBe(
    400,
  );
  expect((await fetch(`${ASSEMBLY_API_URL}/v1/workspaces`)).status).toBe(401);
  expect(alone.said[0]).toContain(folder);
  alone.stop();
  expect(await alone.ended).toBe(0);
  await expect(fetch(`${settings.DROPBOX_CONTROL}/switches`)).rejects.toThrow('fetch failed');
});

test('what was in them is there again at the next start, at the ports that were asked for', async () => {
  const first = start(['--data-dir', folder]);
  const { DROPBOX_CONTROL = '' } = await first.up;
  await fetch(`${DROPBOX_CONTROL}/files?path=/kept`, { method: 'PUT', body: 'bytes' });
  first.stop();
  await first.ended;
  const { port } = new URL(DROPBOX_CONTROL);
  const second = start(['--dropbox-port', port, '--data-dir', folder]);
  expect((await second.up).DROPBOX_CONTROL).toBe(DROPBOX_CONTROL);
  expect(await (await fetch(`${DROPBOX_CONTROL}/files?path=/kept`)).text()).toBe('bytes');
  second.stop();
  expect(await second.ended).toBe(0);
});

test('with --webhooks both call that address', async () => {
  const alone = start(['--data-dir', folder, '--webhooks', 'http://127.0.0.1:9/']);
  const { DROPBOX_CONTROL, ASSEMBLY_CONTROL } = await alone.up;
  const target = async (url: string) => JSON.stringify(await (await fetch(`${url}/webhooks`)).json());
  expect(await target(String(DROPBOX_CONTROL))).toContain('"http://127.0.0.1:9/webhooks/dropbox"');
  expect(await target(String(ASSEMBLY_CONTROL))).toContain('"http://127.0.0.1:9/webhooks/assembly"');
  alone.stop();
  await alone.ended;
});

test.each([
  [['--dropbox-port', '70000'], /a port is a number from 0 to 65535/],
  [['--webhooks', 'here'], /write an address such as/],
  [['--what'], /unknown option/],
])('%j is refused with a reason', async (args, reason) => {
  const alone = start(args);
  expect(await alone.ended).toBe(2);
  expect(alone.said.join('\n')).toMatch(reason);
});

test('a port that is taken, and a place that is no folder, are told', async () => {
  const first = start(['--data-dir', folder]);
  const { port } = new URL(String((await first.up).DROPBOX_CONTROL));
  for (const option of ['--dropbox-port', '--assembly-port']) {
    const second = start(['--data-dir', join(folder, 'other'), option, port]);
    expect(await second.ended).toBe(1);
    expect(second.said.join('\n')).toMatch(/could not be started: .*EADDRINUSE/);
  }
  first.stop();
  await first.ended;
  writeFileSync(join(folder, 'file'), '');
  const third = start(['--data-dir', join(folder, 'file')]);
  expect(await third.ended).toBe(1);
});

test('help says how to use it', async () => {
  const alone = start(['--help']);
  expect(await alone.ended).toBe(0);
  expect(alone.out.join('\n')).toContain('docs/sandbox.md');
});
