import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { configFields } from './configFields';
import { readSettings } from './configSettings';
import { bareHost } from './net/hostPattern';
import { isPublicAddress } from './net/publicAddress';

/** Every problem of the environment at once. No message holds the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The environment needs correcting:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export type Config = ReturnType<typeof toConfig>;

type Values = z.output<typeof configFields>;

/**
 * Reads and checks the environment (CONTRACT section 2). A secret may come from a file that `NAME_FILE` names. An empty
 * value counts as not set.
 * @throws ConfigError
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const { settings, problems } = readSettings(env, Object.keys(configFields.shape));
  const parsed = configFields.safeParse(settings);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(`${String(issue.path[0])}: ${issue.message}`);
  } else problems.push(...egressProblems(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** Origins that calls with credentials go to. */
const ORIGINS = [
  'DROPBOX_API_URL',
  'DROPBOX_CONTENT_URL',
  'DROPBOX_NOTIFY_URL',
  'DROPBOX_WEB_URL',
  'ASSEMBLY_API_URL',
] as const;

function egressProblems(values: Values): string[] {
  if (values.EGRESS_ALLOW_PRIVATE) return [];
  return ORIGINS.filter((name) => isPrivateOrigin(values[name])).map(
    (name) => `${name}: must be https and no private address, unless EGRESS_ALLOW_PRIVATE is 1`,
  );
}

function isPrivateOrigin(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  const host = bareHost(hostname);
  if (protocol !== 'https:' || /(^|\.)localhost$/.test(host)) return true;
  return isIP(host) !== 0 && !isPublicAddress(host);
}

function toConfig(values: Values) {
  return {
    databaseUrl: values.DATABASE_URL,
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      /** Where a person's browser finds the Web UI; without a slash at its end. */
      uiUrl: values.TEMPORAL_UI_URL,
      cliPath: values.TEMPORAL_CLI_PATH,
    },
    dropbox: {
      appKey: values.DROPBOX_APP_KEY,
      appSecret: values.DROPBOX_APP_SECRET[0],
      /** Each may have signed a notification: two while the app's secret is being changed. */
      webhookSecrets: values.DROPBOX_APP_SECRET,
      apiUrl: values.DROPBOX_API_URL,
      contentUrl: values.DROPBOX_CONTENT_URL,
      notifyUrl: values.DROPBOX_NOTIFY_URL,
      webUrl: values.DROPBOX_WEB_URL,
    },
    assembly: {
      apiKey: values.ASSEMBLY_API_KEY,
      apiUrl: values.ASSEMBLY_API_URL,
      /** Each may have signed an event: two while a secret is being changed, none when events are not signed. */
      webhookSecrets: values.ASSEMBLY_WEBHOOK_SECRET,
      /** Requests a second and portal. */
      rps: values.ASSEMBLY_RPS,
      /** Calls a month and portal that full listings may use. */
      monthlyBudget: values.ASSEMBLY_MONTHLY_BUDGET,
    },
    transferHosts: values.TRANSFER_HOSTS,
    egressAllowPrivate: values.EGRESS_ALLOW_PRIVATE,
    /** For `parseKeyring`. */
    tokenKeys: values.TOKEN_ENCRYPTION_KEYS,
    operatorToken: values.OPERATOR_TOKEN,
    /** Without a slash at its end. */
    publicUrl: values.PUBLIC_URL,
    port: values.PORT,
    host: values.HOST,
    /** Proxies in front that add to `X-Forwarded-For`; what a caller claims beyond them is not believed. */
    trustProxyHops: values.TRUST_PROXY_HOPS,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    dataDir: resolve(values.CAIRN_DATA_DIR),
    sweepCron: values.CAIRN_SWEEP_CRON,
    maxAttempts: values.CAIRN_MAX_ATTEMPTS,
    backoffSeconds: values.CAIRN_BACKOFF_SECONDS,
    massDelete: { min: values.CAIRN_MASS_DELETE_MIN, ratio: values.CAIRN_MASS_DELETE_RATIO },
    retryMaxSeconds: values.CAIRN_RETRY_MAX_SECONDS,
  } as const;
}

/** Settings that have no default, and what they are called in the environment. */
const OPTIONAL = {
  databaseUrl: ['DATABASE_URL', (config: Config) => config.databaseUrl],
  'temporal.address': ['TEMPORAL_ADDRESS', (config: Config) => config.temporal.address],
  'dropbox.appKey': ['DROPBOX_APP_KEY', (config: Config) => config.dropbox.appKey],
  'dropbox.appSecret': ['DROPBOX_APP_SECRET', (config: Config) => config.dropbox.appSecret],
  'assembly.apiKey': ['ASSEMBLY_API_KEY', (config: Config) => config.assembly.apiKey],
  tokenKeys: ['TOKEN_ENCRYPTION_KEYS', (config: Config) => config.tokenKeys],
  operatorToken: ['OPERATOR_TOKEN', (config: Config) => config.operatorToken],
  publicUrl: ['PUBLIC_URL', (config: Config) => config.publicUrl],
  metricsPort: ['METRICS_PORT', (config: Config) => config.metricsPort],
} as const satisfies Record<string, readonly [string, (config: Config) => unknown]>;

export type OptionalSetting = keyof typeof OPTIONAL;

type Given = NonNullable<unknown>;
type With<T, K extends string> = K extends `${infer Head}.${infer Tail}`
  ? { readonly [P in Head & keyof T]: T[P] & With<T[P], Tail> }
  : { readonly [P in K & keyof T]: T[P] & Given };
type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** A Config in which the named settings are known to be there. */
export type ConfigWith<K extends OptionalSetting> = Config & Intersection<With<Config, K>>;

/**
 * Narrows a Config to one that has the settings a process can't do without.
 * @throws ConfigError that lists all that are missing
 */
export function requireConfig<K extends OptionalSetting>(
  config: Config,
  settings: readonly K[],
): ConfigWith<K> {
  const missing = settings.filter((setting) => OPTIONAL[setting][1](config) === undefined);
  if (missing.length > 0) {
    throw new ConfigError(missing.map((setting) => `${OPTIONAL[setting][0]}: is needed here and not set`));
  }
  return config as ConfigWith<K>;
}
