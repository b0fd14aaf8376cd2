import { z } from 'zod';
import { parseKeyring } from './domain/keyring';
import { hostMatcher } from './net/hostPattern';

/** Where Assembly's presigned links lead: S3. Which bucket is not documented. */
const STORAGE_HOSTS = '*.amazonaws.com';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const text = z.string();

const webUrl = (value: string): URL | undefined => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const plain =
    url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  return plain ? url : undefined;
};

/** May have a path, for a proxy that adds one; given back without a slash at its end. */
const baseUrl = text.transform((value, context) => {
  const url = webUrl(value);
  if (url) return url.toString().replace(/\/+$/, '');
  context.addIssue('must be a URL such as https://cairn.example.com, without query or user name');
  return z.NEVER;
});

const number = (min: number, max: number, whole = true) =>
  text.transform((value, context) => {
    const result = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isNaN(result) || result < min || result > max || (whole && !Number.isInteger(result))) {
      context.addIssue(`must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`);
      return z.NEVER;
    }
    return result;
  });

const flag = text.transform((value, context) => {
  if (['1', 'true'].includes(value)) return true;
  if (['0', 'false'].includes(value)) return false;
  context.addIssue('must be 1 or 0');
  return z.NEVER;
});

const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const databaseUrl = text.refine((value) => /^postgres(ql)?:\/\/[^/]/.test(value) && URL.canParse(value), {
  error: 'must be of the form postgresql://user:password@host:port/database',
});

/** One, or two while one takes the place of the other: both are taken, the first is used. */
const secrets = text.transform(list).refine((given) => given.length >= 1 && given.length <= 2, {
  error: 'must hold one secret, or two with a comma between them while the secret is being changed',
});

const hosts = text.transform((value, context) => {
  const patterns = list(value);
  if (patterns.length === 0 || patterns.length > 50) context.addIssue('must hold 1 to 50 host patterns');
  for (const pattern of patterns) {
    try {
      hostMatcher(pattern);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
    }
  }
  return patterns;
});

const tokenKeys = text.check((context) => {
  try {
    parseKeyring(context.value);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.issues.push({ code: 'custom', input: '', message });
  }
});

const cron = text.refine((value) => /^(\S+\s+){4}\S+$/.test(value) && /^[\d\s*,/A-Za-z?-]+$/.test(value), {
  error: 'must be a cron line of five fields, in UTC, such as "0 8,20 * * *"',
});

/** Every setting by its name in the environment (CONTRACT section 2). */
export const configFields = z.object({
  DATABASE_URL: databaseUrl.optional(),
  TEMPORAL_ADDRESS: text
    .regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, { error: 'must be host:port, without a scheme' })
    .optional(),
  TEMPORAL_NAMESPACE: text.default('default'),
  TEMPORAL_CLI_PATH: text.optional(),
  TEMPORAL_UI_URL: baseUrl.optional(),
  DROPBOX_APP_KEY: text.optional(),
  DROPBOX_APP_SECRET: secrets.default([]),
  DROPBOX_API_URL: baseUrl.default('https://api.dropboxapi.com'),
  DROPBOX_CONTENT_URL: baseUrl.default('https://content.dropboxapi.com'),
  DROPBOX_NOTIFY_URL: baseUrl.default('https://notify.dropboxapi.com'),
  DROPBOX_WEB_URL: baseUrl.default('https://www.dropbox.com'),
  ASSEMBLY_API_KEY: text.optional(),
  ASSEMBLY_API_URL: baseUrl.default('https://api.assembly.com'),
  ASSEMBLY_WEBHOOK_SECRET: secrets.default([]),
  ASSEMBLY_RPS: number(0.1, 1_000, false).default(20),
  ASSEMBLY_MONTHLY_BUDGET: number(0, 1_000_000_000).default(1_000),
  TRANSFER_HOSTS: hosts.default([STORAGE_HOSTS]),
  EGRESS_ALLOW_PRIVATE: flag.default(false),
  TOKEN_ENCRYPTION_KEYS: tokenKeys.optional(),
  OPERATOR_TOKEN: text.min(16, { error: 'must have at least 16 characters' }).optional(),
  PUBLIC_URL: baseUrl.optional(),
  PORT: number(0, 65_535).default(8_080),
  HOST: text.default('0.0.0.0'),
  TRUST_PROXY_HOPS: number(0, 10).default(0),
  METRICS_PORT: number(0, 65_535).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'], { error: 'must be json or pretty' })
    .default(() => (process.stdout.isTTY ? 'pretty' : 'json')),
  CAIRN_DATA_DIR: text.default('.data'),
  CAIRN_SWEEP_CRON: cron.default('0 8,20 * * *'),
  CAIRN_MAX_ATTEMPTS: number(1, 1_000).default(10),
  CAIRN_BACKOFF_SECONDS: number(0, 86_400, false).default(300),
  CAIRN_MASS_DELETE_MIN: number(0, 1_000_000_000).default(25),
  CAIRN_MASS_DELETE_RATIO: number(0, 1, false).default(0.5),
  CAIRN_RETRY_MAX_SECONDS: number(1, 86_400).default(900),
});
