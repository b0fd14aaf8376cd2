import { mkdirSync } from 'node:fs';
import { createCallLog } from './callLog';
import { createControl } from './control';
import { createFaults } from './faults';
import { bodyHere } from './http/body';
import { newAccount } from './model/newAccount';
import { ALL_SCOPES } from './scopes';
import { startServer } from './server';
import { openService, type Service } from './service';
import type { DropboxSwitches } from './switches';
import { createWebhooks } from './webhooks';

export type { DropboxSwitches } from './switches';

export interface DropboxSandboxOptions {
  /** State and bytes live here; a new instance on the same folder goes on where the last one stopped. */
  readonly dataDir: string;
  /** 0 or absent: a free port. Listens on 127.0.0.1 only. */
  readonly port?: number;
  readonly app?: { readonly key: string; readonly secret: string; readonly appFolder?: boolean };
  /** Where notifications go; not challenged. Can be set later through control. */
  readonly webhookUrl?: string;
  /** Told the id of an account whenever something in it changed, whatever becomes of the notification. */
  readonly onChange?: (accountId: string) => void;
  readonly now?: () => Date;
  readonly switches?: Partial<DropboxSwitches>;
}

export interface DropboxSandbox {
  readonly url: string;
  readonly apiUrl: string;
  readonly contentUrl: string;
  readonly notifyUrl: string;
  readonly webUrl: string;
  readonly controlUrl: string;
  /** A control route without HTTP, for who lives in the same process: `target` is a path below `/control` with its query. */
  control(method: string, target: string, content?: string): Promise<{ status: number; text: string }>;
  close(): Promise<void>;
}

const DEFAULT_APP = { key: 'sandbox-app-key', secret: 'sandbox-app-secret', appFolder: false };

/**
 * A local server that speaks Dropbox's wire format, with control routes for acting as a person and for making
 * trouble. Every acknowledged write survives a kill of the process. The first start makes one account.
 */
export async function createDropboxSandbox(options: DropboxSandboxOptions): Promise<DropboxSandbox> {
  mkdirSync(options.dataDir, { recursive: true });
  const now = options.now ?? (() => new Date());
  const service = await openService({ dataDir: options.dataDir, now, switches: options.switches ?? {} });
  const app = { ...DEFAULT_APP, ...options.app };
  prepare(service, app);
  const webhooks = createWebhooks(service, app.key, options.webhookUrl ?? null);
  if (options.onChange) service.onChange(({ record }) => options.onChange?.(record.id));
  const faults = createFaults();
  const log = createCallLog();
  const control = createControl({ service, faults, log, webhooks: () => webhooks, appKey: app.key });
  const { server, url } = await startServer({ service, faults, log, control }, options.port ?? 0);
  return {
    url,
    apiUrl: `${url}/api`,
    contentUrl: `${url}/content`,
    notifyUrl: `${url}/notify`,
    webUrl: `${url}/web`,
    controlUrl: `${url}/control`,
    async control(method, target, content = '') {
      const { pathname: path, searchParams: query } = new URL(target, 'http://sandbox.invalid');
      const { status, body } = await control({ method, path, query, body: bodyHere(content) });
      if (typeof body !== 'string') throw new Error(`${target} answers with a file; ask for it over HTTP`);
      return { status, text: body };
    },
    async close() {
      webhooks.close();
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await stopped;
      service.close();
    },
  };
}

/** The app as it was asked for, and an account to begin with. */
function prepare(service: Service, app: { key: string; secret: string; appFolder: boolean }): void {
  const known = service.world.apps.get(app.key);
  if (known?.secret !== app.secret || known.appFolder !== app.appFolder) {
    service.commit([{ t: 'app', app: { ...app, name: 'Sandbox App', scopes: [...ALL_SCOPES] } }]);
  }
  if (service.world.accounts.size > 0) return;
  const wish = { email: 'person@example.com', name: 'Sandbox Person' };
  service.commit(newAccount(wish, 0, service.now()).changes);
}
