import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startNodeChild } from './nodeChild';
import type { Running } from './supervise';

const Url = z.url();

export const SandboxUrls = z.object({
  dropbox: z.object({ apiUrl: Url, contentUrl: Url, notifyUrl: Url, webUrl: Url, controlUrl: Url }),
  assembly: z.object({ apiUrl: Url, controlUrl: Url }),
  /** The page that shows both sides. */
  twoSides: Url.optional(),
});
export type SandboxUrls = z.infer<typeof SandboxUrls>;

/** What the sandbox process is told, in its environment: arguments are visible to every user of the machine. */
export const SandboxSettings = z.object({
  dataDir: z.string(),
  dropboxPort: z.number().int(),
  assemblyPort: z.number().int(),
  /** Where a person finds the page that shows both sides; absent: there is none. */
  twoSidesPort: z.number().int().optional(),
  dropboxKey: z.string(),
  dropboxSecret: z.string(),
  assemblyKey: z.string(),
  webhookSecret: z.string(),
  /** The API's, under which both webhook routes are; absent: nobody is called. */
  apiUrl: z.string().optional(),
});
export type SandboxSettings = z.infer<typeof SandboxSettings>;

export const SETTINGS_NAME = 'SANDBOX_SETTINGS';

/** Starts both simulators in one process and resolves when they listen. */
export async function startSandbox(
  settings: SandboxSettings,
  logFile: string,
  stopping?: AbortSignal,
): Promise<Running & { urls: SandboxUrls }> {
  let urls: SandboxUrls | undefined;
  mkdirSync(settings.dataDir, { recursive: true });
  const running = await startNodeChild({
    name: 'The sandbox',
    script: join(__dirname, 'sandboxProcess.js'),
    env: { PATH: process.env.PATH, [SETTINGS_NAME]: JSON.stringify(settings) },
    cwd: settings.dataDir,
    logFile,
    patienceMs: 15_000,
    signal: stopping,
    ready: async (child: ChildProcess, signal) => {
      const [message] = await once(child, 'message', { signal });
      urls = SandboxUrls.parse(message);
    },
  });
  return { ...running, urls: urls! };
}
