import { type Account, createAccount, recordRevision } from './account';
import { applyFlags, applyMkdir, applyMove, applyPut, applyRemove, mustFind } from './applyTree';
import { attach, newNode } from './tree';
import type { AccessToken, AppRecord, AuthCode, Change, RawNode, RefreshToken, SessionRecord } from './types';

/** Everything the sandbox knows, in memory; made again from the log at every start. */
export interface World {
  secret: string;
  /** How many revs were given out; revs grow with it. */
  revCount: number;
  readonly accounts: Map<string, Account>;
  readonly apps: Map<string, AppRecord>;
  readonly codes: Map<string, AuthCode>;
  readonly refreshTokens: Map<string, RefreshToken>;
  readonly accessTokens: Map<string, AccessToken>;
  readonly sessions: Map<string, SessionRecord>;
  /** Consumed sessions and the object each became, for replays of `finish`. */
  readonly finished: Map<string, { account: string; node: string }>;
}

export const createWorld = (): World => ({
  secret: '',
  revCount: 0,
  accounts: new Map(),
  apps: new Map(),
  codes: new Map(),
  refreshTokens: new Map(),
  accessTokens: new Map(),
  sessions: new Map(),
  finished: new Map(),
});

const FIRST_REV = 0x6151bda00000n;

export const revOf = (count: number): string => (FIRST_REV + BigInt(count)).toString(16);

const countOf = (rev: string): number => Number(BigInt(`0x${rev}`) - FIRST_REV);

export function accountOf(world: World, id: string): Account {
  const account = world.accounts.get(id);
  if (!account) throw new Error(`the sandbox log names the account ${id}, which does not exist`);
  return account;
}

/** Applies one change. Deterministic: the same changes in the same order give the same world. */
export function applyChange(world: World, change: Change): void {
  switch (change.t) {
    case 'meta':
      world.secret = change.secret;
      return;
    case 'revs':
      world.revCount = Math.max(world.revCount, change.count);
      return;
    case 'account':
      applyAccount(world, change);
      return;
    case 'namespace':
      applyNamespace(world, change);
      return;
    case 'mkdir':
      applyMkdir(accountOf(world, change.account), change);
      return;
    case 'put':
      world.revCount = Math.max(world.revCount, countOf(change.rev));
      applyPut(accountOf(world, change.account), change);
      return;
    case 'remove':
      applyRemove(accountOf(world, change.account), change);
      return;
    case 'move':
      if (change.rev !== undefined) world.revCount = Math.max(world.revCount, countOf(change.rev));
      applyMove(accountOf(world, change.account), change);
      return;
    case 'flags':
      applyFlags(accountOf(world, change.account), change);
      return;
    case 'feed':
      for (const record of change.records) accountOf(world, change.account).feed.append(record);
      return;
    case 'feedReset':
      accountOf(world, change.account).feed.forget();
      return;
    case 'notified':
      accountOf(world, change.account).notified = change.seq;
      return;
    case 'session':
      world.sessions.set(change.session.id, change.session);
      return;
    case 'sessionDone': {
      const account = world.sessions.get(change.id)?.account ?? '';
      world.sessions.delete(change.id);
      if (change.node !== '') world.finished.set(change.id, { account, node: change.node });
      dropOldest(world.finished);
      return;
    }
    case 'app':
    case 'code':
    case 'codeUsed':
    case 'refresh':
    case 'access':
    case 'expire':
    case 'revoke':
      applyAuth(world, change);
      return;
    case 'raw.node':
    case 'raw.revision':
    case 'raw.deleted':
    case 'raw.feed':
      applyRaw(accountOf(world, change.account), change);
      return;
  }
}

const MAX_REMEMBERED = 10_000;

/** Deterministic like everything here: replaying the log drops the same ones. */
function dropOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next().value;
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

function applyAccount(world: World, change: Extract<Change, { t: 'account' }>): void {
  const known = world.accounts.get(change.account.id);
  if (known) known.record = change.account;
  else world.accounts.set(change.account.id, createAccount(change.account));
}

function applyNamespace(world: World, change: Extract<Change, { t: 'namespace' }>): void {
  const { namespaces } = accountOf(world, change.account);
  if (change.node === null) namespaces.delete(change.ns);
  else namespaces.set(change.ns, change.node);
}

type AuthChange = Extract<
  Change,
  { t: 'app' | 'code' | 'codeUsed' | 'refresh' | 'access' | 'expire' | 'revoke' }
>;

function applyAuth(world: World, change: AuthChange): void {
  switch (change.t) {
    case 'app':
      world.apps.set(change.app.key, change.app);
      return;
    case 'code':
      world.codes.set(change.code.code, change.code);
      return;
    case 'codeUsed':
      world.codes.delete(change.code);
      return;
    case 'refresh':
      world.refreshTokens.set(change.refresh.token, change.refresh);
      return;
    case 'access':
      world.accessTokens.set(change.access.token, change.access);
      dropOldest(world.accessTokens);
      return;
    case 'expire': {
      const access = world.accessTokens.get(change.token);
      if (access) world.accessTokens.set(change.token, { ...access, expiresAt: 0 });
      return;
    }
    case 'revoke':
      world.refreshTokens.delete(change.token);
      for (const [token, access] of world.accessTokens) {
        if (token === change.token || access.refresh === change.token) world.accessTokens.delete(token);
      }
  }
}

type RawChange = Extract<Change, { t: 'raw.node' | 'raw.revision' | 'raw.deleted' | 'raw.feed' }>;

function applyRaw(account: Account, change: RawChange): void {
  switch (change.t) {
    case 'raw.node':
      loadNode(account, change.node);
      return;
    case 'raw.revision':
      recordRevision(account, change.revision);
      return;
    case 'raw.deleted':
      account.deleted.set(change.path, change.entry);
      return;
    case 'raw.feed':
      account.feed.load(change.base, change.records);
  }
}

/** Revisions come before nodes in a snapshot, so that a file finds its own. */
function loadNode(account: Account, raw: RawNode): void {
  const node = newNode(raw);
  node.file = raw.rev === null ? null : (account.revisions.get(raw.rev) ?? null);
  account.used += node.file?.size ?? 0;
  attach(mustFind(account, raw.parent), node);
  account.nodes.set(node.id, node);
}
