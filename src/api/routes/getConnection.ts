import { connectionJson } from '../connectionJson';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { ConnectionBody } from '../schemas';

export const getConnection = ({ store }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/connection',
    summary: "The portal's Dropbox connection, and which side can't be used now.",
    answers: { 200: { description: 'The connection.', schema: ConnectionBody } },
    async handle({ portalId }) {
      return { status: 200, body: await connectionJson(store, portalId) };
    },
  });
