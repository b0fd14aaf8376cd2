import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSandboxes } from '../../src/local/sandboxes';
import { ASSEMBLY_CONTROL_ROUTES } from '../../src/sandbox/assembly/control';
import { faultRuleSchema as assemblyFault } from '../../src/sandbox/assembly/faults';
import { DROPBOX_CONTROL_ROUTES } from '../../src/sandbox/dropbox/control';
import { faultRuleSchema as dropboxFault } from '../../src/sandbox/dropbox/faults';

const ROOT = join(__dirname, '../..');

interface Example {
  readonly text: string;
  readonly side: 'DROPBOX' | 'ASSEMBLY';
  readonly method: string;
  /** Below the control address, with its query and its variables. */
  readonly target: string;
  readonly body: string | undefined;
  /** The variable that takes the `id` of the answer. */
  readonly sets: string | undefined;
}

const LINE =
  /^(?:(?<sets>[A-Z]+)=\$\()?curl (?:-X (?<method>[A-Z]+) |(?<put>-T \S+) )?"?\$(?<side>DROPBOX|ASSEMBLY)_CONTROL(?<target>[^\s"]*)"?(?: -d '(?<body>.*)')?(?: \| jq -r \.id\))?$/;

function exampleOf(line: string): Example {
  const text = line.replace(/\s+# .*$/, '');
  const groups = LINE.exec(text)?.groups;
  if (!groups) throw new Error(`docs/sandbox.md has an example of an unknown form: ${line}`);
  const { sets, put, body } = groups;
  const method = groups.method ?? (put ? 'PUT' : body === undefined ? 'GET' : 'POST');
  return { text, side: groups.side as Example['side'], method, target: groups.target ?? '', body, sets };
}

let page: string;
let examples: Example[];
beforeAll(async () => {
  page = await readFile(join(ROOT, 'docs/sandbox.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => String(block));
  examples = blocks
    .flatMap((block) => block.trim().split('\n'))
    .filter((line) => /_CONTROL/.test(line))
    .map(exampleOf);
});

/** As the routes are named: an id in the path or the query is none of the name. */
const routeOf = ({ method, target }: Example): string =>
  `${method} ${target.replace(/\?.*$/, '').replace(/\/\$.*$/, '')}`;

test.each([
  ['DROPBOX', DROPBOX_CONTROL_ROUTES],
  ['ASSEMBLY', ASSEMBLY_CONTROL_ROUTES],
])('the page shows every control route of %s, and none that does not exist', (side, routes) => {
  const shown = new Set(examples.filter((one) => one.side === side).map(routeOf));
  expect([...shown].sort()).toEqual([...new Set(routes)].sort());
});

test.each([
  ['Dropbox', dropboxFault],
  ['Assembly', assemblyFault],
])('the page names every fault of %s, and none that does not exist', (side, schema) => {
  const sentence = new RegExp(`Faults of ${side}: ([^.]*)\\.`).exec(page)?.[1] ?? '';
  const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => String(name));
  expect(named.sort()).toEqual([...schema.shape.action.options].sort());
});

test('every example works, in the order of the page', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-docs-'));
  const hook = await startHook();
  const sandboxes = await openSandboxes({
    dataDir,
    dropboxPort: 0,
    assemblyPort: 0,
    dropboxKey: 'k',
    dropboxSecret: 's',
    assemblyKey: 'a',
    webhookSecret: 'w',
  });
  const address = {
    DROPBOX: sandboxes.urls.dropbox.controlUrl,
    ASSEMBLY: sandboxes.urls.assembly.controlUrl,
  };
  const variables: Record<string, string> = {};
  const failed: string[] = [];
  for (const example of examples) {
    const url = example.target.replace(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? `no ${name}`);
    const body = example.body
      ?.replace(/'\$([A-Z]+)'/g, (_, name: string) => variables[name] ?? `no ${name}`)
      .replace('/path/to/a/folder', join(ROOT, 'docs'))
      .replace('127.0.0.1:8080', hook.host);
    const sent = example.method === 'PUT' ? 'the bytes of a report' : body;
    const init = { method: example.method, ...(sent === undefined ? {} : { body: sent }) };
    const answer = await fetch(`${address[example.side]}${url}`, init);
    const text = await answer.text();
    if (answer.status !== 200) failed.push(`${example.text}: ${answer.status} ${text}`);
    if (example.sets) variables[example.sets] = String((JSON.parse(text) as { id: unknown }).id);
  }
  await sandboxes.close();
  await hook.close();
  await rm(dataDir, { recursive: true, force: true });
  expect(failed).toEqual([]);
  expect(Object.keys(variables)).toEqual(['COMPANY', 'CLIENT', 'OLD', 'CHANNEL']);
});

/** A webhook that echoes challenges and takes everything else. */
async function startHook(): Promise<{ host: string; close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const challenge = new URL(request.url ?? '/', 'http://hook').searchParams.get('challenge') ?? '';
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
