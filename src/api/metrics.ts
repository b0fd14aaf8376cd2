import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface ApiMetrics {
  readonly registry: Registry;
  /** `route` is the route's pattern, never an address: the number of series stays bounded. */
  request(labels: { method: string; route: string; status: number }, seconds: number): void;
  webhook(side: 'dropbox' | 'assembly', outcome: WebhookOutcome): void;
  /** One webhook more, or one less, has a hint that Temporal does not hold yet. */
  waiting(change: 1 | -1): void;
}

export type WebhookOutcome = 'hinted' | 'ignored' | 'echo' | 'refused' | 'failed';

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The API's own metrics, in `registry`. No label holds a portal, a path or an id. */
export function createApiMetrics(registry: Registry = new Registry()): ApiMetrics {
  const seconds = new Histogram({
    name: 'cairn_http_request_seconds',
    help: 'Time until a request was answered.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const webhooks = new Counter({
    name: 'cairn_webhooks_total',
    help: 'Webhook deliveries by what became of them.',
    labelNames: ['side', 'outcome'],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: 'cairn_webhooks_waiting',
    help: 'Webhook deliveries that wait until Temporal has their hint.',
    registers: [registry],
  });
  return {
    registry,
    request: ({ method, route, status }, duration) =>
      seconds.observe({ method, route, status: String(status) }, duration),
    webhook: (side, outcome) => webhooks.inc({ side, outcome }),
    waiting: (change) => waiting.inc(change),
  };
}
