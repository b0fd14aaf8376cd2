import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlobs } from './blobs';
import { createCallLog } from './callLog';
import { createClock } from './clock';
import { control, controlHere } from './control';
import { dispatch } from './dispatch';
import { createDelivery, type Delivery, type OutgoingEvent } from './events/delivery';
import { mergeDeliveryConfig } from './events/deliveryConfig';
import { createFaults } from './faults';
import { listen } from './http/server';
import { createLimiter, createQuota } from './limiter';
import { createFolderRaces } from './objects/folderRaces';
import { resumeCompletions } from './objects/receive';
import { createStalePaths } from './objects/stalePaths';
import type { AssemblySandbox, AssemblySandboxOptions } from './options';
import { createPresigner } from './presign';
import type { Sandbox } from './sandbox';
import { createSessions } from './sessions';
import { openStore, type Store } from './state/store';
import { mergeSwitches } from './switches';
import { createTimers } from './timers';
import { mintAppToken } from './token';

export type { OutgoingEvent } from './events/delivery';
export type { AssemblySandbox, AssemblySandboxOptions } from './options';
export type { AssemblySwitches } from './switches';
export { mintAppToken } from './token';

const DEFAULT_API_KEY = 'sandbox-assembly-key';
const DEFAULT_RPS = 20;

/**
 * A local server that speaks Assembly's wire formats: the API under `/v1`, the transfer hosts under `/storage`, and
 * under `/control` what no API has: acting as a person, faults, clock, call log. Objects and bytes are kept in
 * `dataDir`; clock, switches, faults, webhook settings and counters start anew with each instance.
 */
export const createAssemblySandbox = async (options: AssemblySandboxOptions): Promise<AssemblySandbox> => {
  await mkdir(options.dataDir, { recursive: true });
  const store = await openStore(options.dataDir);
  let url = '';
  const sandbox = await assemble(options, store, () => `${url}/storage`);
  const server = await listen(options.port ?? 0, (call) =>
    call.pathname.startsWith('/control/') ? control(sandbox, call) : dispatch(sandbox, call),
  ).catch((error: unknown) => {
    store.close();
    throw error;
  });
  url = server.url;
  resumeCompletions(sandbox);

  return {
    url,
    apiUrl: url,
    storageUrl: `${url}/storage`,
    controlUrl: `${url}/control`,
    control: (method, target, content = '') => controlHere(sandbox, method, target, content),
    close: async () => {
      sandbox.timers.close();
      sandbox.delivery.close();
      await server.close();
      store.close();
    },
  };
};

const assemble = async (
  options: AssemblySandboxOptions,
  store: Store,
  storageUrl: () => string,
): Promise<Sandbox> => {
  const apiKey = options.apiKey ?? DEFAULT_API_KEY;
  const clock = createClock(options.now ?? (() => new Date()));
  const referenced = new Set([...store.file.values()].map((file) => file.content?.blob));
  const timers = options.timers ?? createTimers();
  const delivery = createDelivery(
    mergeDeliveryConfig({}, { url: options.webhookUrl ?? null, secret: options.webhookSecret ?? null }),
    (workspaceId) =>
      mintAppToken(apiKey, {
        workspaceId,
        tokenId: sandbox.switches.webhookTokenId ? randomUUID() : undefined,
      }),
  );
  const sandbox: Sandbox = {
    apiKey,
    clock,
    switches: mergeSwitches({}, options.switches ?? {}),
    store,
    blobs: await openBlobs(options.dataDir, (blob) => referenced.has(blob)),
    presign: createPresigner({
      secret: signingSecret(options.dataDir),
      clock,
      storageUrl,
      lifetimeSeconds: () => sandbox.switches.urlLifetimeSeconds,
    }),
    delivery: options.onEvent === undefined ? delivery : toldTo(options.onEvent, delivery),
    timers,
    folderRaces: createFolderRaces(),
    stalePaths: createStalePaths(timers),
    sessions: createSessions(clock.ms),
    log: createCallLog(),
    faults: createFaults(),
    limiter: createLimiter(options.rps ?? DEFAULT_RPS, () => performance.now()),
    quota: createQuota(clock.ms),
  };
  return sandbox;
};

/** Events go to whoever asked for them; nothing else of the delivery is used then. */
const toldTo = (onEvent: (event: OutgoingEvent) => void, delivery: Delivery): Delivery => ({
  ...delivery,
  send: async (event) => onEvent(event),
});

/** Kept, so that presigned URLs outlive a restart. A crash in mid-write leaves one too short, which is replaced. */
const signingSecret = (dataDir: string): string => {
  const file = join(dataDir, 'signing-secret');
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (kept.length === 64) return kept;
  const secret = randomBytes(32).toString('hex');
  writeFileSync(file, secret, { mode: 0o600 });
  return secret;
};
