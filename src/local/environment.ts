import { renameSync, writeFileSync } from 'node:fs';
import type { KeptSecrets } from './keptSecrets';
import type { Ports } from './ports';
import type { SandboxUrls } from './sandboxServers';

export type EnvironmentParts = {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Ports;
  readonly secrets: KeptSecrets;
  readonly databaseUrl: string;
  /** Null: the environment names a server of the user's. */
  readonly temporalAddress: string | null;
  /** Null: unknown, so that the page has no links to it. */
  readonly temporalUi: string | null;
  /** Null: the real services. */
  readonly sandbox: SandboxUrls | null;
};

export const apiUrlOf = (ports: Ports) => `http://127.0.0.1:${ports.api}`;

/** What Cairn's own processes are told beyond what the user's environment says (CONTRACT section 2). */
export function cairnSettings(parts: EnvironmentParts): Record<string, string> {
  const { env, ports, secrets } = parts;
  const unlessSet = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !env[name] && !env[`${name}_FILE`]));
  return {
    ...unlessSet({
      DATABASE_URL: parts.databaseUrl,
      TOKEN_ENCRYPTION_KEYS: secrets.TOKEN_ENCRYPTION_KEYS,
      OPERATOR_TOKEN: secrets.OPERATOR_TOKEN,
      PUBLIC_URL: apiUrlOf(ports),
      HOST: '127.0.0.1',
      LOG_FORMAT: 'json',
      ...(parts.temporalUi === null ? {} : { TEMPORAL_UI_URL: parts.temporalUi }),
    }),
    PORT: String(ports.api),
    CAIRN_DATA_DIR: parts.dataDir,
    ...temporalSettings(parts.temporalAddress),
    ...(parts.sandbox && sandboxSettings(parts.sandbox, secrets)),
  };
}

const temporalSettings = (address: string | null): Record<string, string> =>
  address === null ? {} : { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' };

// Settings for another server, such as Temporal Cloud, would add their TLS and key to our address.
const FOREIGN_TEMPORAL = /^TEMPORAL_(API_KEY|TLS.*|PROFILE|CONFIG_FILE|GRPC_META_.*)$/;

function sandboxSettings(urls: SandboxUrls, secrets: KeptSecrets): Record<string, string> {
  return {
    DROPBOX_APP_KEY: secrets.sandbox.dropboxKey,
    DROPBOX_APP_SECRET: secrets.sandbox.dropboxSecret,
    DROPBOX_API_URL: urls.dropbox.apiUrl,
    DROPBOX_CONTENT_URL: urls.dropbox.contentUrl,
    DROPBOX_NOTIFY_URL: urls.dropbox.notifyUrl,
    DROPBOX_WEB_URL: urls.dropbox.webUrl,
    ASSEMBLY_API_KEY: secrets.sandbox.assemblyKey,
    ASSEMBLY_API_URL: urls.assembly.apiUrl,
    ASSEMBLY_WEBHOOK_SECRET: secrets.ASSEMBLY_WEBHOOK_SECRET,
    TRANSFER_HOSTS: '127.0.0.1',
    EGRESS_ALLOW_PRIVATE: '1',
  };
}

/** The whole environment of a child: the user's, ours over it, and nothing that would contradict ours. */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  settings: Record<string, string>,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => {
    if (name === 'METRICS_PORT' || name === 'NODE_CHANNEL_FD') return false;
    if (settings.TEMPORAL_ADDRESS !== undefined && FOREIGN_TEMPORAL.test(name)) return false;
    return !(name.endsWith('_FILE') && settings[name.slice(0, -'_FILE'.length)] !== undefined);
  });
  return { ...Object.fromEntries(kept), ...settings };
}

/** Keeps the settings for the command line, which reads this file when no database is named. */
export function keepSettings(file: string, settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${lines.join('\n')}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
