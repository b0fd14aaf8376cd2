import type { Remotes } from '../activities/remotes';
import type { PlanPreview } from '../activities/verify';
import type { Config } from '../config';
import type { Keyring } from '../domain/keyring';
import type { SyncRef } from '../domain/types';
import type { Logger } from '../log';
import type { Store } from '../store/client';
import type { TemporalGateway } from '../temporal/gateway';
import type { ApiMetrics } from './metrics';
import type { WebhookHints } from './webhookHints';
import type { WebPage } from './webPage';

/** Everything the HTTP API needs; nothing is read from the environment below this. */
export interface ApiDeps {
  readonly config: Config;
  readonly store: Store;
  readonly temporal: TemporalGateway;
  readonly remotes: Remotes;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly page: WebPage;
  /** What a pass would do now, without doing it. */
  readonly preview: (ref: SyncRef) => Promise<PlanPreview>;
  /** Set to draining when the process is about to end: `/readyz` says so and event streams close. */
  readonly readiness?: { draining: boolean };
  /** Shared with the process's other metrics; one of its own by default. */
  readonly metrics?: ApiMetrics;
  /** For the Dropbox token endpoint. */
  readonly fetch?: typeof fetch;
  /** How often a watched sync is looked up, in milliseconds; 1,000. */
  readonly eventIntervalMs?: number;
}

/** The same for routes, with what is made once for all of them. */
export interface RouteDeps extends ApiDeps {
  readonly metrics: ApiMetrics;
  readonly hints: WebhookHints;
}
