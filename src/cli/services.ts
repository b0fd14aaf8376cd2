import type { Remotes } from '../activities/remotes';
import type { PlanPreview } from '../activities/verify';
import { type Config, loadConfig, requireConfig } from '../config';
import { CairnError } from '../domain/errors';
import { type Keyring, parseKeyring } from '../domain/keyring';
import type { SyncRef } from '../domain/types';
import { createLogger, type Logger } from '../log';
import { createStore, type Store } from '../store/client';
import { connectGateway, openGateway, type TemporalGateway } from '../temporal/gateway';
import { temporalOptions } from '../temporal/options';

/** What verbs work with. Each part is made when it is first asked for: `cairn syncs` needs no Temporal. */
export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  store(): Store;
  /** Connected. Rejects with `unavailable` while Temporal does not answer. */
  temporal(): Promise<TemporalGateway>;
  /** For a process that outlives an outage: there at once, whether or not Temporal is. */
  lastingTemporal(): TemporalGateway;
  keyring(): Keyring;
  remotes(): Promise<Remotes>;
  preview(ref: SyncRef): Promise<PlanPreview>;
  close(): Promise<void>;
}

/** Throws a `ConfigError` that lists every setting that is wrong. */
export function openServices(env: NodeJS.ProcessEnv): Services {
  const config = loadConfig(env);
  // Standard output is for data alone.
  const logger = createLogger(config, process.stderr);
  let store: Store | null = null;
  let gateway: Promise<TemporalGateway> | null = null;
  let lasting: TemporalGateway | null = null;
  let keyring: Keyring | null = null;
  let remotes: Promise<Remotes & { close(): Promise<void> }> | null = null;

  const services: Services = {
    config,
    logger,
    store() {
      store ??= createStore(requireConfig(config, ['databaseUrl']).databaseUrl);
      return store;
    },
    temporal() {
      gateway ??= connectGateway(temporalOptions(env)).catch((cause: unknown) => {
        gateway = null;
        throw new CairnError('unavailable', 'Temporal does not answer; is TEMPORAL_ADDRESS right?', {
          cause,
        });
      });
      return gateway;
    },
    lastingTemporal() {
      lasting ??= openGateway(temporalOptions(env));
      return lasting;
    },
    keyring() {
      keyring ??= parseKeyring(requireConfig(config, ['tokenKeys']).tokenKeys);
      return keyring;
    },
    remotes() {
      remotes ??= Promise.resolve().then(() => {
        // Loaded when needed: verbs that only read rows start without the remote clients.
        const { createRemotes } =
          require('../activities/createRemotes') as typeof import('../activities/createRemotes');
        return createRemotes({ config, store: services.store(), keyring: services.keyring(), logger });
      });
      return remotes;
    },
    async preview(ref) {
      const { previewPlan } = require('../activities/preview') as typeof import('../activities/preview');
      return previewPlan({ store: services.store() }, ref);
    },
    async close() {
      // The remotes still write what they have metered.
      await Promise.allSettled([
        remotes?.then((made) => made.close()),
        gateway?.then((open) => open.close()),
        lasting?.close(),
      ]);
      await store?.close();
    },
  };
  return services;
}
