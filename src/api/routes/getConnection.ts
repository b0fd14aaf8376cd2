import { getConnection as readConnection, sideTroubles } from '../../store/connections';
import { portalRoute, type Route } from '../route';
import { ConnectionBody } from '../schemas';
import type { RouteDeps } from './index';

export const getConnection = ({ store }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/connection',
    summary: "The portal's Dropbox connection, and which side can't be used now.",
    answers: { 200: { description: 'The connection.', schema: ConnectionBody } },
    async handle({ portalId }) {
      const [connection, breakers] = await Promise.all([
        readConnection(store, portalId),
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
      if (connection === null) return { status: 200, body: { status: 'none', ...told } };
      return {
        status: 200,
        body: {
          status: connection.status,
          accountId: connection.accountId,
          ...(connection.email === null ? {} : { email: connection.email }),
          connectedAt: connection.connectedAt.toISOString(),
          ...told,
        },
      };
    },
  });
