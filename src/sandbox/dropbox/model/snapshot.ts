import type { Account } from './account';
import { walkAfter } from './tree';
import type { Change } from './types';
import type { World } from './world';

const CHUNK = 1_000;

/** The changes that make this world from nothing: what a compacted log holds. Expired tokens are left out. */
export function* snapshot(world: World, now: number): Generator<Change> {
  yield { t: 'meta', secret: world.secret };
  yield { t: 'revs', count: world.revCount };
  for (const app of world.apps.values()) yield { t: 'app', app };
  for (const account of world.accounts.values()) yield* snapshotAccount(account);
  for (const refresh of world.refreshTokens.values()) yield { t: 'refresh', refresh };
  for (const access of world.accessTokens.values()) if (access.expiresAt > now) yield { t: 'access', access };
  for (const code of world.codes.values()) if (code.expiresAt > now) yield { t: 'code', code };
  for (const session of world.sessions.values()) yield { t: 'session', session };
}

function* snapshotAccount(account: Account): Generator<Change> {
  const { id } = account.record;
  yield { t: 'account', account: account.record };
  for (const revision of account.revisions.values()) yield { t: 'raw.revision', account: id, revision };
  for (const node of walkAfter(account.root, true, [])) {
    const { kind, name, parentDisplay, flags, createdAt } = node;
    const parent = node.parent?.id ?? account.root.id;
    const rev = node.file?.rev ?? null;
    yield {
      t: 'raw.node',
      account: id,
      node: { id: node.id, parent, kind, name, parentDisplay, rev, flags, createdAt },
    };
  }
  for (const [ns, node] of account.namespaces) yield { t: 'namespace', account: id, ns, node };
  for (const [path, entry] of account.deleted) yield { t: 'raw.deleted', account: id, path, entry };
  yield* snapshotFeed(account);
  yield { t: 'notified', account: id, seq: account.notified };
}

function* snapshotFeed({ feed, record }: Account): Generator<Change> {
  const base = feed.base();
  for (let from = base; from === base || from < feed.last(); from += CHUNK) {
    const records = [];
    for (let seq = from + 1; seq <= Math.min(from + CHUNK, feed.last()); seq++) {
      const one = feed.at(seq);
      if (one) records.push(one);
    }
    yield { t: 'raw.feed', account: record.id, base, records };
  }
}
