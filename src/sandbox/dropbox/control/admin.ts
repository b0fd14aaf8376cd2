import { z } from 'zod';
import { Failure } from '../api/failure';
import { jsonReply } from '../http/reply';
import { newToken } from '../model/ids';
import { find } from '../model/locate';
import { newAccount } from '../model/newAccount';
import { ACCESS_ERRORS, type AccountRecord, type Change } from '../model/types';
import { appFolder } from '../oauth';
import { ALL_SCOPES } from '../scopes';
import {
  accountOf,
  actor,
  type ControlHandler,
  type ControlParts,
  viewOf,
  withBody,
  writerOf,
} from './route';

const path = z.string().startsWith('/', { error: 'must start with /' });
const namespace = z.string().regex(/^\d+$/, { error: 'must be digits' });

const addAccount = withBody(
  z.strictObject({
    email: z.email(),
    name: z.string().default('Sandbox Person'),
    /** Puts the home folder at this path of a team space. */
    homePath: path.optional(),
    quota: z.number().int().min(0).optional(),
  }),
  ({ service }, body) => {
    const { record, changes } = newAccount(body, service.world.accounts.size, service.now());
    service.commit(changes);
    return record;
  },
);

/** Quota, suspension and refused access take effect at once; a new root id makes every call with the old one fail with 422. */
const changeAccount = withBody(
  z.strictObject({
    account: z.string().optional(),
    quota: z.number().int().min(0).nullable().optional(),
    suspended: z.boolean().optional(),
    accessError: z.enum(ACCESS_ERRORS).nullable().optional(),
    rootNamespaceId: namespace.optional(),
  }),
  (parts, body) => {
    const account = accountOf(parts, body.account);
    const { quota, suspended, accessError, rootNamespaceId: ns } = body;
    const before = account.record;
    const record: AccountRecord = {
      ...before,
      ...(quota === undefined ? {} : { quota }),
      ...(suspended === undefined ? {} : { suspended }),
      ...(accessError === undefined ? {} : { accessError: accessError ?? undefined }),
      ...(ns === undefined ? {} : { rootNs: ns, homeNs: before.homePath === null ? ns : before.homeNs }),
    };
    const changes: Change[] = [{ t: 'account', account: record }];
    if (ns !== undefined) {
      changes.push({ t: 'namespace', account: record.id, ns: before.rootNs, node: null });
      changes.push({ t: 'namespace', account: record.id, ns, node: account.root.id });
    }
    parts.service.commit(changes);
    return record;
  },
);

/** Sets what one object is like. `feed` says how it shows: not at all, as itself, or as a storm. */
const changeFlags = withBody(
  z.strictObject({
    ...actor,
    path,
    readOnly: z.boolean().optional(),
    locked: z.boolean().optional(),
    restricted: z.boolean().optional(),
    exportAs: z.string().nullable().optional(),
    symlink: z.string().nullable().optional(),
    keepOwner: z.boolean().optional(),
    feed: z.enum(['none', 'self', 'gone', 'back', 'storm']).default('self'),
  }),
  (parts, { account: wanted, space, path: target, feed, exportAs, symlink, ...plain }) => {
    const view = viewOf(parts, { account: wanted, space });
    const node = find(view, target, writerOf(parts));
    const flags = {
      ...node.flags,
      ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
      ...(exportAs === undefined ? {} : { exportAs: exportAs ?? undefined }),
      ...(symlink === undefined ? {} : { symlink: symlink ?? undefined }),
    };
    const defined = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
    parts.service.commit([
      { t: 'flags', account: view.account.record.id, id: node.id, flags: defined, feed },
    ]);
  },
);

/**
 * Shares a folder, or stops sharing it: the feed tells of the whole tree as deleted and then, on a later page, as
 * new. `half` leaves the second half out until `complete`.
 */
const share = withBody(
  z.strictObject({
    ...actor,
    path,
    namespaceId: namespace.optional(),
    action: z.enum(['share', 'unshare']),
    half: z.enum(['both', 'gone', 'complete']).default('both'),
  }),
  (parts, body) => {
    const view = viewOf(parts, body);
    const node = find(view, body.path, writerOf(parts));
    if (node.kind !== 'folder') throw new Failure(409, { error: `${body.path} is not a folder` });
    const account = view.account.record.id;
    const ns = body.namespaceId ?? node.flags.sharedId ?? String(9_000_000 + parts.service.world.revCount);
    const { sharedId: _, ...others } = node.flags;
    const flags = body.action === 'share' ? { ...others, sharedId: ns } : others;
    const feed = { both: 'storm', gone: 'gone', complete: 'back' } as const;
    parts.service.commit([
      { t: 'namespace', account, ns, node: body.action === 'share' ? node.id : null },
      { t: 'flags', account, id: node.id, flags, feed: feed[body.half] },
    ]);
    return { namespaceId: ns };
  },
);

const addApp = withBody(
  z.strictObject({
    key: z.string().min(1),
    secret: z.string().min(1),
    name: z.string().default('Sandbox App'),
    appFolder: z.boolean().default(false),
    scopes: z.array(z.string()).default([...ALL_SCOPES]),
  }),
  ({ service }, app) => {
    service.commit([{ t: 'app', app }]);
    return { key: app.key };
  },
);

/** Mints a connection without the browser: a refresh token, and an access token of it. */
const mintToken = withBody(
  z.strictObject({
    account: z.string().optional(),
    app: z.string().optional(),
    scopes: z.array(z.string()).optional(),
  }),
  (parts, body) => {
    const { service, appKey } = parts;
    const account = accountOf(parts, body.account);
    const app = service.world.apps.get(body.app ?? appKey);
    if (!app) throw new Failure(404, { error: `no app ${body.app ?? appKey}` });
    const token = newToken('');
    const access = newToken('sl.');
    const grant = { app: app.key, account: account.record.id, scopes: body.scopes ?? app.scopes };
    const expiresAt = service.now().getTime() + service.switches().accessTokenSeconds * 1_000;
    service.commit([
      ...appFolder(account, app, service.now()),
      { t: 'refresh', refresh: { token, publicClient: false, ...grant } },
      { t: 'access', access: { token: access, refresh: token, expiresAt, ...grant } },
    ]);
    return { refreshToken: token, accessToken: access, appKey: app.key, accountId: account.record.id };
  },
);

/** The person disconnects the app, or every access token expires early. */
const endTokens = (kind: 'revoke' | 'expire') =>
  withBody(z.strictObject({ account: z.string().optional() }), (parts: ControlParts, body) => {
    const { world, commit } = parts.service;
    const { id } = accountOf(parts, body.account).record;
    const tokens = kind === 'revoke' ? [...world.refreshTokens.values()] : [...world.accessTokens.values()];
    const mine = tokens.filter((one) => one.account === id);
    commit(mine.map(({ token }) => ({ t: kind, token })));
    return { count: mine.length };
  });

export const adminRoutes: Readonly<Record<string, ControlHandler>> = {
  'GET /accounts': async ({ service }) =>
    jsonReply({
      accounts: [...service.world.accounts.values()].map((one) => ({ ...one.record, used: one.used })),
    }),
  'POST /accounts': addAccount,
  'POST /account': changeAccount,
  'POST /flags': changeFlags,
  'POST /share': share,
  'POST /apps': addApp,
  'POST /tokens': mintToken,
  'POST /revoke': endTokens('revoke'),
  'POST /expire': endTokens('expire'),
};
