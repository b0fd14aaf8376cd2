import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';

/** How to reach Temporal, from the standard `TEMPORAL_*` settings alone: API key, TLS, namespace, profile. */
export function temporalOptions(env: NodeJS.ProcessEnv): ConnectionOptions & { namespace: string } {
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('TEMPORAL_') && entry[1] !== undefined,
  );
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
    disableFile: env.TEMPORAL_CONFIG_FILE === undefined,
  });
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    namespace: namespace ?? 'default',
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** The same for the native connection of workers, which takes no gRPC channel settings. */
export function nativeOptions(options: ConnectionOptions): NativeConnectionOptions {
  const { address, tls, apiKey } = options;
  return {
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
  };
}
