import { errorEntry, isErrorCode } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import { createTokenSource } from '../dropbox';
import { pendingMigrations } from '../store/migrate';
import { bad, type Finding, good } from './findings';
import type { Services } from './services';
import { settingsChecks } from './settingsChecks';
import { storedChecks } from './storedChecks';
import { temporalChecks } from './temporalChecks';

/** Looks at everything, also after something was found wrong. Changes nothing; a portal costs a call to each side. */
export async function runChecks(open: () => Services, portal?: string): Promise<Finding[]> {
  let services: Services;
  try {
    services = open();
  } catch (error) {
    return [bad('settings', 'not valid', messageOf(error))];
  }
  return [
    ...settingsChecks(services),
    ...(await databaseChecks(services)),
    ...(await temporalChecks(services)),
    ...(await Promise.all([assemblyOrigin(services), dropboxApp(services)])),
    ...(portal === undefined ? [] : await portalChecks(services, portal)),
    node(),
  ];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function databaseChecks(services: Services): Promise<Finding[]> {
  const { databaseUrl } = services.config;
  if (databaseUrl === undefined) {
    return [bad('database', 'DATABASE_URL is not set', 'Set it, or run `npm start` in this folder first.')];
  }
  try {
    await services.store().prisma.$queryRaw`SELECT 1`;
  } catch {
    return [bad('database', 'does not answer', 'Check DATABASE_URL and that Postgres runs.')];
  }
  const pending = await pendingMigrations(databaseUrl);
  const migrations =
    pending.length === 0
      ? good('migrations', 'all applied')
      : bad('migrations', `${pending.length} missing`, 'Run `cairn migrate`.');
  return [good('database', 'answers'), migrations, ...(migrations.ok ? await storedChecks(services) : [])];
}

const REACH_TIMEOUT_MS = 10_000;

/** Any answer at all will do: without a portal there is no key to call with. */
async function assemblyOrigin({ config }: Services): Promise<Finding> {
  try {
    const response = await fetch(config.assembly.apiUrl, {
      redirect: 'manual',
      signal: AbortSignal.timeout(REACH_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return good('assembly', 'reachable');
  } catch {
    return bad('assembly', 'not reachable', 'Check ASSEMBLY_API_URL, the network and the proxy.');
  }
}

/** A refresh with a token that is none tells whether the app's own key and secret are right, and changes nothing. */
async function dropboxApp({ config }: Services): Promise<Finding> {
  const { appKey, appSecret, apiUrl } = config.dropbox;
  if (appKey === undefined || appSecret === undefined) {
    return bad('dropbox', 'no app', 'Set DROPBOX_APP_KEY and DROPBOX_APP_SECRET.');
  }
  const token = createTokenSource({
    tokenUrl: `${apiUrl}/oauth2/token`,
    appKey,
    appSecret,
    refreshToken: 'none',
  });
  try {
    await token();
    return good('dropbox', 'reachable');
  } catch (error) {
    const code = error instanceof RemoteError ? error.code : 'unexpected';
    if (code === 'auth_revoked') return good('dropbox', 'reachable, the app key and secret are right');
    if (code === 'auth_misconfigured') {
      return bad(
        'dropbox',
        'refuses the app',
        'Check DROPBOX_APP_KEY and DROPBOX_APP_SECRET in the app console.',
      );
    }
    return bad('dropbox', 'not reachable', 'Check DROPBOX_API_URL, the network and the proxy.');
  }
}

async function portalChecks(services: Services, portal: string): Promise<Finding[]> {
  return Promise.all([
    called('assembly for the portal', async () => {
      const remotes = await services.remotes();
      await remotes.assembly(portal).listChannels({});
    }),
    called('dropbox for the portal', async () => {
      const remotes = await services.remotes();
      await (await remotes.dropbox(portal)).account();
    }),
  ]);
}

async function called(check: string, call: () => Promise<void>): Promise<Finding> {
  try {
    await call();
    return good(check, 'answers');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected';
    return bad(check, code, isErrorCode(code) ? errorEntry(code).help : messageOf(error));
  }
}

const OLDEST_NODE = 20;

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0]);

  return major >= OLDEST_NODE
    ? good('node', process.versions.node)
    : bad('node', process.versions.node, `Use Node ${OLDEST_NODE} or newer.`);
}
