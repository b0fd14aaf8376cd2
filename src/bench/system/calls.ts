import { z } from 'zod';
import { ask } from '../../local/localHttp';
import type { SandboxUrls } from '../../local/sandboxServers';

const Table = z.record(z.string(), z.number());
const Dropbox = z.object({ byRoute: Table, status: Table });
const Assembly = z.object({
  api: z.object({ total: z.number(), byRoute: Table, status: Table }),
  storage: z.object({ puts: z.number(), gets: z.number() }),
});

/** Calls since the last reset, as the simulators counted them. */
export interface CallCounts {
  /** Assembly's API; storage has no limit and is not counted. */
  readonly assembly: number;
  readonly dropbox: number;
  /** Answers 429 of either. */
  readonly throttled: number;
}

export async function resetCalls({ dropbox, assembly }: SandboxUrls): Promise<void> {
  for (const { controlUrl } of [dropbox, assembly]) {
    await ask(`${controlUrl}/reset-log`, z.unknown(), { method: 'POST', json: {} });
  }
}

export async function readCalls({ dropbox, assembly }: SandboxUrls): Promise<CallCounts> {
  const left = await ask(`${dropbox.controlUrl}/counts`, Dropbox);
  const { api } = await ask(`${assembly.controlUrl}/counts`, Assembly);
  return {
    assembly: api.total,
    dropbox: Object.values(left.byRoute).reduce((sum, calls) => sum + calls, 0),
    throttled: (left.status['429'] ?? 0) + (api.status['429'] ?? 0),
  };
}
