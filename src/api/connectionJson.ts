import type { z } from 'zod';
import type { Store } from '../store/client';
import { getConnection, sideTroubles } from '../store/connections';
import type { ConnectionBody } from './schemas';

/** The portal's connection as the API tells it. */
export async function connectionJson(
  store: Store,
  portalId: string,
): Promise<z.infer<typeof ConnectionBody>> {
  const [connection, breakers] = await Promise.all([
    getConnection(store, portalId),
    sideTroubles(store, portalId),
  ]);
  const troubles = breakers.map(({ side, code, message, since, probeAt }) => ({
    side,
    code,
    message,
    since: since.toISOString(),
    nextTryAt: probeAt.toISOString(),
  }));
  const told = troubles.length === 0 ? {} : { troubles };
  if (connection === null) return { status: 'none', ...told };
  return {
    status: connection.status,
    accountId: connection.accountId,
    ...(connection.email === null ? {} : { email: connection.email }),
    connectedAt: connection.connectedAt.toISOString(),
    ...told,
  };
}
