import type { RouteDeps } from '../deps';
import { publicRoute, type Route } from '../route';

export const getMetrics = ({ metrics }: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/metrics',
    summary: 'Metrics of this process, for Prometheus.',
    answers: { 200: { description: 'Text exposition format.', contentType: 'text/plain' } },
    handle: async () => ({
      status: 200,
      body: await metrics.registry.metrics(),
      headers: { 'Content-Type': metrics.registry.contentType },
    }),
  });
