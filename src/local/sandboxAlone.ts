import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { openSandboxes } from './sandboxes';
import type { SandboxUrls } from './sandboxServers';
import { PACKAGE_ROOT } from './startOptions';
import { untilAskedToStop } from './stopSignals';

/** Known to everybody: the simulators listen on this machine alone and hold nothing of worth. */
const KEYS = {
  dropboxKey: 'sandbox-app-key',
  dropboxSecret: 'sandbox-app-secret',
  assemblyKey: 'sandbox-assembly-key',
  webhookSecret: 'sandbox-webhook-secret',
} as const;

export interface AloneIo {
  readonly env: NodeJS.ProcessEnv;
  /** Data: lines of `NAME=value`. */
  readonly out: (text: string) => void;
  /** Words. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs both simulators and nothing else until `signal`, and says as settings where they are. Resolves to the exit
 * status: 0 when it was asked to stop, 1 when they could not be started, 2 for options that can't be used.
 */
export async function runSandboxAlone(args: readonly string[], io: AloneIo): Promise<0 | 1 | 2> {
  const command = createCommand(io);
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  const given = command.opts<{
    dataDir?: string;
    dropboxPort: number;
    assemblyPort: number;
    webhooks?: string;
  }>();
  const kept = resolve(PACKAGE_ROOT, io.env.CAIRN_DATA_DIR || '.data');
  const dataDir = given.dataDir
    ? resolve(io.env.INIT_CWD ?? process.cwd(), given.dataDir)
    : join(kept, 'sandbox-alone');
  const { dropboxPort, assemblyPort, webhooks } = given;
  try {
    mkdirSync(dataDir, { recursive: true });
    const sandboxes = await openSandboxes({ ...KEYS, dataDir, dropboxPort, assemblyPort, apiUrl: webhooks });
    for (const [name, value] of Object.entries(settingsOf(sandboxes.urls))) io.out(`${name}=${value}`);
    io.say(`Both simulators are up; their state is kept in ${dataDir}. Ctrl-C stops them.`);
    if (!io.signal.aborted)
      await new Promise((over) => io.signal.addEventListener('abort', over, { once: true }));
    await sandboxes.close();
    return 0;
  } catch (error) {
    io.say(`The simulators could not be started: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

const settingsOf = ({ dropbox, assembly }: SandboxUrls): Record<string, string> => ({
  DROPBOX_APP_KEY: KEYS.dropboxKey,
  DROPBOX_APP_SECRET: KEYS.dropboxSecret,
  DROPBOX_API_URL: dropbox.apiUrl,
  DROPBOX_CONTENT_URL: dropbox.contentUrl,
  DROPBOX_NOTIFY_URL: dropbox.notifyUrl,
  DROPBOX_WEB_URL: dropbox.webUrl,
  ASSEMBLY_API_KEY: KEYS.assemblyKey,
  ASSEMBLY_API_URL: assembly.apiUrl,
  ASSEMBLY_WEBHOOK_SECRET: KEYS.webhookSecret,
  TRANSFER_HOSTS: '127.0.0.1',
  EGRESS_ALLOW_PRIVATE: '1',
  DROPBOX_CONTROL: dropbox.controlUrl,
  ASSEMBLY_CONTROL: assembly.controlUrl,
});

const port = (text: string): number => {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('a port is a number from 0 to 65535');
};

const origin = (text: string): string => {
  if (URL.canParse(text) && /^https?:/i.test(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('write an address such as http://127.0.0.1:3000');
};

const createCommand = (io: AloneIo): Command =>
  new Command('npm run sandbox --')
    .description('Runs the simulators of Dropbox and Assembly alone. docs/sandbox.md says what they can do.')
    .option('--data-dir <dir>', 'where their state is kept; .data/sandbox-alone unless given')
    .option('--dropbox-port <port>', 'a free one unless given', port, 0)
    .option('--assembly-port <port>', 'a free one unless given', port, 0)
    .option(
      '--webhooks <url>',
      'whose /webhooks/dropbox and /webhooks/assembly they call; unless given, none',
      origin,
    )
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.say });

if (require.main === module) {
  const { signal } = untilAskedToStop();
  const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text.trimEnd()}\n`);
  const io = { env: process.env, out: write(process.stdout), say: write(process.stderr), signal };
  void runSandboxAlone(process.argv.slice(2), io).then((code) => process.exit(code));
}
