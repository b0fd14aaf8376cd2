import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A machine of our own making: a home, a PATH on which only fakes are found, and a Go module. */
export type FakeMachine = {
  readonly folder: string;
  readonly bin: string;
  readonly moduleFolder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Puts a program on PATH. */
  program(name: string, script: string): string;
  /** How often `go build` was run. */
  builds(): number;
  remove(): void;
};

export const temporalScript = (server: string) =>
  `#!/bin/sh\n[ "$1" = --version ] && echo "temporal version 1.8.2 (Server ${server}, UI 2.50.1)"\n`;

export function fakeMachine(): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-machine-'));
  const bin = join(folder, 'bin');
  const moduleFolder = join(folder, 'module');
  for (const path of [bin, moduleFolder]) mkdirSync(path);
  writeFileSync(join(moduleFolder, 'go.sum'), 'sums\n');
  for (const tool of ['tar', 'gzip', 'cat', 'chmod', 'sleep']) {
    const found = execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
    symlinkSync(found, join(bin, tool));
  }
  const record = join(folder, 'builds');
  const program = (name: string, script: string) => put(join(bin, name), script);
  return {
    folder,
    bin,
    moduleFolder,
    env: { PATH: bin, HOME: folder },
    program,
    builds: () => (existsSync(record) ? readFileSync(record, 'utf8').split('\n').length - 1 : 0),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function put(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** A Go that "builds" a Temporal server by writing a script, and records that it ran. */
export function fakeGo(machine: FakeMachine, before = ''): void {
  machine.program(
    'go',
    `#!/bin/sh
echo build >> '${join(machine.folder, 'builds')}'
${before}
while [ $# -gt 0 ]; do [ "$1" = -o ] && out="$2"; shift; done
cat > "$out" <<'END'
${temporalScript('1.31.2')}END
chmod 755 "$out"
`,
  );
}

/** A download service that hands out an archive with a Temporal server in it. */
export function fakeDownload(machine: FakeMachine): { fetch: typeof globalThis.fetch; asked: string[] } {
  const folder = join(machine.folder, 'release');
  put(join(folder, 'temporal'), temporalScript('1.31.2'));
  const archive = join(machine.folder, 'release.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', folder, 'temporal']);
  const asked: string[] = [];
  return {
    asked,
    fetch: async (input) => {
      const url = String(input);
      asked.push(url);
      return url.startsWith('https://temporal.download/')
        ? Response.json({ archiveUrl: 'https://files.example.com/t.tar.gz', fileToExtract: 'temporal' })
        : new Response(readFileSync(archive));
    },
  };
}

export const unreachable: typeof globalThis.fetch = async () => {
  throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
};

export const damage = (path: string) => appendFileSync(path, 'x');
