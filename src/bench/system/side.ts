import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Side } from '../../domain/types';
import { ask } from '../../local/localHttp';
import type { SandboxUrls } from '../../local/sandboxServers';
import type { Portal } from './portal';

const Tree = z.object({
  entries: z.array(
    z.object({
      path: z.string(),
      object: z.string(),
      hash: z.string().nullable(),
      status: z.string().nullish(),
    }),
  ),
});

/** What a person does on a side, and sees there. Paths start with `/` and are relative to what is mapped. */
export interface PersonOn {
  /** Copies a local folder there. */
  seed(dir: string): Promise<void>;
  put(path: string, content: Uint8Array | Readable, size: number): Promise<void>;
  /** Files that are there with all their bytes: content hash by path. */
  files(): Promise<Map<string, string>>;
}

const SEED_MS = 10 * 60_000;
const PUT_MS = 30 * 60_000;

export function personOn(side: Side, sandbox: SandboxUrls, portal: Portal, signal: AbortSignal): PersonOn {
  const { controlUrl } = sandbox[side];
  const root = side === 'dropbox' ? portal.folder : '';
  const place = (path: string) =>
    new URLSearchParams({
      ...(side === 'assembly' ? { channelId: portal.channelId } : {}),
      path: `${root}${path}`,
    });
  return {
    async seed(dir) {
      const json = side === 'dropbox' ? { dir, path: root } : { dir, channelId: portal.channelId };
      const Report = z.object({ skipped: z.array(z.unknown()).max(0) });
      await ask(`${controlUrl}/seed`, Report, { method: 'POST', json, timeoutMs: SEED_MS, signal });
    },
    async put(path, content, size) {
      const streams = !(content instanceof Uint8Array);
      const init = {
        method: 'PUT',
        body: content as RequestInit['body'],
        headers: { 'content-length': String(size) },
        ...(streams ? { duplex: 'half' } : {}),
        signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_MS)]),
      } as RequestInit;
      const response = await fetch(`${controlUrl}/files?${place(path)}`, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${side} did not take ${path}: ${response.status} ${text}`);
    },
    async files() {
      const { entries } = await ask(`${controlUrl}/tree?${place('')}`, Tree, { signal });
      const whole = entries.filter((entry) => entry.object === 'file' && entry.status !== 'pending');
      return new Map(
        whole.flatMap(({ path, hash }) => (hash === null ? [] : [[path.slice(root.length), hash]])),
      );
    },
  };
}
