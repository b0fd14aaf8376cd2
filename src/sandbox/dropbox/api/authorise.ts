import { z } from 'zod';
import { type Account, namespaceNode } from '../model/account';
import type { View } from '../model/locate';
import type { AccessErrorTag, AccessToken, AppRecord, TreeNode } from '../model/types';
import type { Service } from '../service';
import { badRequest, Failure, jsonFailure } from './failure';
import { rootInfo } from './routes/account';

export interface Authorised {
  readonly view: View;
  readonly token: AccessToken;
  readonly app: AppRecord;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Who calls, and what they see. Fails with 400, 401, 403 or 422 as the real service does. */
export function authorise(
  service: Service,
  route: string,
  scope: string | null,
  headers: Headers,
): Authorised {
  const match = /^Bearer ([\w.~+/:-]+=*)$/.exec(headers.authorization ?? '');
  if (!match) throw badRequest(route, 'Invalid authorization value in HTTP header/URL parameter');
  const token = service.world.accessTokens.get(match[1] ?? '');
  const app = token && service.world.apps.get(token.app);
  const account = token && service.world.accounts.get(token.account);
  if (!token || !app || !account) throw jsonFailure(401, { tags: ['invalid_access_token'] });
  if (token.expiresAt <= service.now().getTime()) throw jsonFailure(401, { tags: ['expired_access_token'] });
  if (account.record.suspended) throw jsonFailure(401, { tags: ['user_suspended'] });
  if (account.record.accessError) throw jsonFailure(403, { tags: accessTags(account.record.accessError) });
  if (scope !== null && !token.scopes.includes(scope)) throw missingScope(service, route, scope);
  const base = baseOf(route, account, app, headers['dropbox-api-path-root']);
  return { view: { account, base }, token, app };
}

/** Only the two tags whose reason nests come with one. */
function accessTags(tag: AccessErrorTag): string[] {
  if (tag === 'invalid_account_type') return [tag, 'endpoint'];
  return tag === 'paper_access_denied' ? [tag, 'paper_disabled'] : [tag];
}

function missingScope(service: Service, route: string, scope: string): Failure {
  if (service.switches().missingScope === 'bad_request') {
    return badRequest(route, `Your app (ID: 1) does not have the required scope '${scope}'`);
  }
  return jsonFailure(401, { tags: ['missing_scope'], fields: { required_scope: scope } });
}

const pathRoot = z.discriminatedUnion('.tag', [
  z.strictObject({ '.tag': z.literal('home') }),
  z.strictObject({ '.tag': z.literal('root'), root: z.string() }),
  z.strictObject({ '.tag': z.literal('namespace_id'), namespace_id: z.string() }),
]);

const home = (account: Account): TreeNode => namespaceNode(account, account.record.homeNs) ?? account.root;

/** The folder of an app-folder app: `/Apps/<name>` in the home. Made when the app is connected. */
export const appFolderOf = (account: Account, app: AppRecord): TreeNode | null =>
  home(account).children.get('apps')?.children.get(app.name.toLowerCase()) ?? null;

function baseOf(route: string, account: Account, app: AppRecord, header: string | undefined): TreeNode {
  if (app.appFolder) {
    if (header !== undefined) throw badRequest(route, 'Path root is not supported for sandbox app.');
    return appFolderOf(account, app) ?? home(account);
  }
  if (header === undefined) return home(account);
  const root = pathRoot.safeParse(parseJson(header));
  if (!root.success)
    throw badRequest(route, 'HTTP header "Dropbox-API-Path-Root": could not decode input as JSON');
  switch (root.data['.tag']) {
    case 'home':
      return home(account);
    case 'root':
      if (root.data.root === account.record.rootNs) return account.root;
      throw new Failure(422, {
        error_summary: 'invalid_root/..',
        error: { '.tag': 'invalid_root', invalid_root: rootInfo(account) },
      });
    case 'namespace_id': {
      const node = namespaceNode(account, root.data.namespace_id);
      if (node) return node;
      throw jsonFailure(422, { tags: ['no_permission'] });
    }
  }
}

/** `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
