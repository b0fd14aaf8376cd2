import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { collectDefaultMetrics } from 'prom-client';
import { createApi } from '../api';
import { createApiMetrics } from '../api/metrics';
import { loadWebPage } from '../api/webPage';
import { requireConfig } from '../config';
import type { Services } from './services';

/** What the HTTP side of Cairn can't run without. */
const REQUIRED = ['databaseUrl', 'tokenKeys', 'publicUrl'] as const;

/** Where the build puts the page, seen from the sources and from the build alike. */
const PAGE = join(__dirname, '..', '..', 'dist', 'web', 'page');

/** How long balancers get to see `/readyz` say no before connections are refused. */
const NOTICE_MS = 1_000;
/** How long requests get to finish after that. */
const FINISH_MS = 10_000;

export interface ApiServer {
  readonly address: string;
  /** Says no at `/readyz`, ends event streams, lets requests finish, and closes. */
  stop(): Promise<void>;
}

/**
 * Composes the API's process. Rejects when a setting is missing or the port can't be had. Temporal may come later: until
 * then `/readyz` says so, and what needs it is refused.
 */
export async function serveApi(services: Services): Promise<ApiServer> {
  const { config, logger } = services;
  requireConfig(config, [...REQUIRED]);
  const metrics = createApiMetrics();
  collectDefaultMetrics({ register: metrics.registry });
  const readiness = { draining: false };
  const app = createApi({
    config,
    store: services.store(),
    temporal: services.lastingTemporal(),
    remotes: await services.remotes(),
    keyring: services.keyring(),
    logger,
    now: () => new Date(),
    page: loadWebPage(PAGE),
    preview: (ref) => services.preview(ref),
    readiness,
    metrics,
  });
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, app);
  server.listen(config.port, config.host);
  await once(server, 'listening');
  return {
    address: addressOf(server.address()),
    async stop() {
      readiness.draining = true;
      await new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), FINISH_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

const addressOf = (address: ReturnType<ReturnType<typeof createServer>['address']>): string =>
  typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : String(address);
