import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createAssemblyClient } from '../assembly';
import type { AssemblyClient, AssemblyLimiter } from '../assembly/types';
import type { Config } from '../config';
import { refreshTokenContext } from '../domain/cipherContext';
import { CairnError } from '../domain/errors';
import type { Keyring } from '../domain/keyring';
import { RemoteError } from '../domain/remoteError';
import { createDropboxClient, createTokenSource, type DropboxClient, type UploadSizes } from '../dropbox';
import { createTransferPolicy } from '../net/transferPolicy';
import { takeCallSlot } from '../store/callSlots';
import type { Store } from '../store/client';
import { type ConnectionRecord, getConnection, markRevoked } from '../store/connections';
import { createCallMeter } from './callMeter';
import type { Remotes } from './remotes';

/**
 * Leaves room for the way to Assembly: slots evenly spaced here may arrive closer together there, since each call asks
 * once more whether it may go out. Measured with 0.94: up to three answers 429 in a thousand files.
 */
const PACE = 0.88;

export interface RemotesDeps {
  readonly config: Config;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly logger: Logger;
  /** As the Dropbox client has it, if absent. */
  readonly uploadSizes?: UploadSizes;
}

/**
 * The remote clients of each portal, from its own credentials. A Dropbox client is kept as long as the portal's
 * stored connection stays the same, so a reconnect in another process is noticed at the next use.
 */
export function createRemotes(deps: RemotesDeps): Remotes & { close(): Promise<void> } {
  const { config, store } = deps;
  const dropboxClients = new Map<string, { ciphertext: string; client: DropboxClient }>();
  const assemblyClients = new Map<string, AssemblyClient>();
  const transfer = createTransferPolicy({
    hosts: config.transferHosts,
    allowPrivate: config.egressAllowPrivate,
  });
  const meter = createCallMeter(store, deps.logger);
  return {
    async dropbox(portalId) {
      const connection = await getConnection(store, portalId);
      if (connection?.status === 'needs_reauth') {
        throw new RemoteError('dropbox', 'auth_revoked', 'Dropbox no longer accepts the connection');
      }
      if (!connection?.refreshToken) throw new CairnError('not_connected');
      const kept = dropboxClients.get(portalId);
      if (kept?.ciphertext === connection.refreshToken) return kept.client;
      const client = connect(deps, connection, (route) => meter.count(portalId, 'dropbox', route));
      dropboxClients.set(portalId, { ciphertext: connection.refreshToken, client });
      return client;
    },
    assembly(portalId) {
      const kept = assemblyClients.get(portalId);
      if (kept) return kept;
      const { apiKey, apiUrl } = config.assembly;
      if (!apiKey) throw new RemoteError('assembly', 'auth_misconfigured', 'ASSEMBLY_API_KEY is not set');
      const client = createAssemblyClient({
        apiUrl,
        apiKey,
        portalId,
        transfer,
        limiter: sharedLimiter(store, portalId, config.assembly.rps * PACE),
      });
      assemblyClients.set(portalId, client);
      return client;
    },
    forget(portalId) {
      dropboxClients.delete(portalId);
      assemblyClients.delete(portalId);
    },
    close: () => meter.close(),
  };
}

function connect(
  deps: RemotesDeps,
  connection: ConnectionRecord,
  count: (route: string) => void,
): DropboxClient {
  const { config, store, keyring } = deps;
  const { apiUrl, contentUrl, appKey, appSecret } = config.dropbox;
  if (!appKey || !appSecret) {
    throw new RemoteError(
      'dropbox',
      'auth_misconfigured',
      'DROPBOX_APP_KEY and DROPBOX_APP_SECRET are not set',
    );
  }
  const { portalId, rootNamespaceId, homeNamespaceId } = connection;
  const ciphertext = connection.refreshToken!;
  const token = createTokenSource({
    tokenUrl: `${apiUrl}/oauth2/token`,
    appKey,
    appSecret,
    refreshToken: keyring.decrypt(ciphertext, refreshTokenContext(portalId)),
  });
  return createDropboxClient({
    apiUrl,
    contentUrl,
    // A revoked grant is noticed at its first sign and said on the connection, once.
    accessToken: (options) =>
      token(options).catch(async (error: unknown) => {
        if (error instanceof RemoteError && error.code === 'auth_revoked') {
          await markRevoked(store, portalId, ciphertext);
        }
        throw error;
      }),
    ...(rootNamespaceId !== null && rootNamespaceId !== homeNamespaceId ? { pathRoot: rootNamespaceId } : {}),
    ...(deps.uploadSizes ? { uploadSizes: deps.uploadSizes } : {}),
    onCall: ({ route }) => count(route),
  });
}

/** One pace for a portal, whichever worker calls: the slots are in Postgres. */
function sharedLimiter(store: Store, portalId: string, perSecond: number): AssemblyLimiter {
  return {
    async acquire(kind, signal) {
      const waitMs = await takeCallSlot(store.prisma, portalId, 'assembly', kind, perSecond);
      if (waitMs > 0) await delay(waitMs, undefined, signal ? { signal } : undefined);
    },
  };
}
