import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { createContentHasher } from '../../../../src/domain/contentHash';
import type { ErrorCode } from '../../../../src/domain/errors';
import { isInside, nameOf, parentOf, pathKey } from '../../../../src/domain/paths';
import { RemoteError } from '../../../../src/domain/remoteError';
import type { DropboxClient, DropboxEntry, DropboxFile, DropboxFolder } from '../../../../src/dropbox/types';

export const ROOT = '/Clients';

interface Node {
  readonly id: string;
  path: string;
  readonly tag: 'file' | 'folder';
  rev: string;
  bytes: Buffer;
  downloadable: boolean;
}

export const hashOf = (bytes: Uint8Array): string => {
  const hasher = createContentHasher();
  hasher.update(bytes);
  return hasher.digest();
};

const refuse = (code: ErrorCode, detail?: string): never => {
  throw new RemoteError('dropbox', code, `refused: ${code}`, detail === undefined ? {} : { detail });
};

/** A Dropbox account in memory: ids survive moves, a tombstone covers its subtree, every change goes to one feed. */
export interface FakeDropbox extends DropboxClient {
  /** Which half of a move the feed tells first. */
  renames: 'deletedFirst' | 'addedFirst';
  /** Most entries on a page. */
  pageSize: number;
  /** A person's acts; absolute paths, those of one sync are in `people.ts`. Missing parents are made. */
  put(path: string, content: string): string;
  folder(path: string): string;
  rename(from: string, to: string): void;
  remove(path: string): void;
  idAt(path: string): string | undefined;
  list(): { path: string; object: 'file' | 'folder'; content: string }[];
  /** Every cursor given out so far is dead. */
  forgetCursors(): void;
  nodes: Map<string, Node>;
}

export interface FakeDropboxOptions {
  /** Whether a file gets a new rev by a move. */
  readonly revOnMove?: 'keep' | 'new';
}

export function createFakeDropbox({ revOnMove = 'keep' }: FakeDropboxOptions = {}): FakeDropbox {
  const nodes = new Map<string, Node>();
  const revisions = new Map<string, Readonly<Node>>();
  const feed: DropboxEntry[] = [];
  const listings = new Map<string, DropboxEntry[]>();
  let revCounter = 0;
  let epoch = 0;

  const find = (target: string) =>
    target.startsWith('id:')
      ? nodes.get(target)
      : [...nodes.values()].find((node) => pathKey(node.path) === pathKey(target));
  const shown = (node: Readonly<Node>): DropboxFile | DropboxFolder => {
    const paths = {
      id: node.id,
      name: nameOf(node.path),
      pathLower: pathKey(node.path),
      pathDisplay: node.path,
    };
    if (node.tag === 'folder') return { tag: 'folder', ...paths };
    const { rev, bytes, downloadable } = node;
    return { tag: 'file', ...paths, rev, size: bytes.length, hash: hashOf(bytes), downloadable };
  };
  const tell = (node: Node) => feed.push(shown(node));
  const tellDeleted = (path: string) =>
    feed.push({ tag: 'deleted', name: nameOf(path), pathLower: pathKey(path), pathDisplay: path });
  const insideOf = (path: string) =>
    [...nodes.values()].filter((node) => isInside(pathKey(node.path), pathKey(path)));
  const revise = (node: Node, bytes: Buffer) => {
    revCounter += 1;
    node.rev = `rev${String(revCounter).padStart(6, '0')}`;
    node.bytes = bytes;
    revisions.set(node.rev, { ...node });
  };
  const make = (path: string, tag: Node['tag'], bytes = Buffer.alloc(0)): Node => {
    const parent = parentOf(path);
    const above = parent === '' ? null : (find(parent) ?? make(parent, 'folder'));
    if (above?.tag === 'file') refuse('path_conflict', 'file_ancestor');
    const node: Node = {
      id: `id:${randomUUID()}`,
      path: `${above?.path ?? ''}/${nameOf(path)}`,
      tag,
      rev: '',
      bytes,
      downloadable: true,
    };
    if (tag === 'file') revise(node, bytes);
    nodes.set(node.id, node);
    tell(node);
    return node;
  };
  const drop = (node: Node) => {
    for (const one of insideOf(node.path)) nodes.delete(one.id);
    tellDeleted(node.path);
  };
  const relocate = (node: Node, to: string) => {
    const from = node.path;
    const moved = insideOf(from);
    for (const one of moved) {
      one.path = `${to}${one.path.slice(from.length)}`;
      if (revOnMove === 'new' && one.tag === 'file') revise(one, one.bytes);
    }
    if (fake.renames === 'deletedFirst') tellDeleted(from);
    for (const one of moved.sort((left, right) => left.path.length - right.path.length)) tell(one);
    if (fake.renames === 'addedFirst') tellDeleted(from);
  };
  const page = (rest: DropboxEntry[], at: number) => {
    const left = rest.slice(fake.pageSize);
    const cursor = `${epoch}|${at}|${randomUUID()}`;
    if (left.length > 0) listings.set(cursor, left);
    return { entries: rest.slice(0, fake.pageSize), cursor, hasMore: left.length > 0 };
  };

  const fake: FakeDropbox = {
    renames: 'deletedFirst',
    pageSize: 2_000,
    nodes,
    put(path, content) {
      const there = find(path);
      if (!there) return make(path, 'file', Buffer.from(content)).id;
      revise(there, Buffer.from(content));
      tell(there);
      return there.id;
    },
    folder: (path) => (find(path) ?? make(path, 'folder')).id,
    rename(from, to) {
      const node = find(from);
      if (!node) throw new Error(`nothing to rename at ${from}`);
      const parent = parentOf(to);
      if (parent !== '' && !find(parent)) make(parent, 'folder');
      relocate(node, to);
    },
    remove(path) {
      const node = find(path);
      if (!node) throw new Error(`nothing to remove at ${path}`);
      drop(node);
    },
    idAt: (path) => find(path)?.id,
    list: () =>
      [...nodes.values()].map(({ path, tag, bytes }) => ({ path, object: tag, content: bytes.toString() })),
    forgetCursors() {
      epoch += 1;
    },

    account: async () => ({
      accountId: 'dbid:test',
      email: 'person@example.com',
      rootNamespaceId: '1',
      homeNamespaceId: '1',
    }),
    async metadata(target) {
      const node = find(target);
      return node ? shown(node) : null;
    },
    async listFolder({ path, recursive }) {
      const root = find(path) ?? refuse('source_missing');
      const inside = insideOf(root.path)
        .filter((node) => node.id !== root.id && (recursive || parentOf(node.path) === root.path))
        .sort((left, right) => left.path.length - right.path.length);
      return page(inside.map(shown), feed.length);
    },
    async listFolderContinue(cursor) {
      const [made, at] = cursor.split('|').map(Number);
      if (made !== epoch) refuse('cursor_reset');
      const rest = listings.get(cursor);
      return rest ? page(rest, at!) : page(feed.slice(at), feed.length);
    },
    async createFolder(path) {
      const there = find(path);
      if (there) refuse('path_conflict', there.tag);
      return shown(make(path, 'folder')) as DropboxFolder;
    },
    async move(from, toPath) {
      const node = find(from) ?? refuse('source_missing');
      if (find(toPath)) refuse('path_conflict', 'file');
      if (isInside(pathKey(toPath), pathKey(node.path))) refuse('path_conflict');
      const parent = parentOf(toPath);
      if (parent !== '' && !find(parent)) make(parent, 'folder');
      relocate(node, toPath);
      return shown(node);
    },
    async delete(id, rev) {
      const node = nodes.get(id);
      if (!node) return 'gone';
      if (node.tag === 'file' && node.rev !== rev) refuse('version_conflict');
      drop(node);
      return 'deleted';
    },
    async download(rev) {
      const held = revisions.get(rev) ?? refuse('source_missing');
      const node = nodes.get(held.id);
      const entry = shown(node?.rev === rev ? node : held) as DropboxFile;
      return { stream: Readable.from([held.bytes]), entry };
    },
    async upload({ path, mode, size, open }) {
      const parts: Uint8Array[] = [];
      for await (const part of await open(0)) parts.push(part);
      const bytes = Buffer.concat(parts);
      if (bytes.length !== size) refuse('truncated_body');
      const there = find(path);
      if (mode === 'add') {
        if (there) refuse('path_conflict', there.tag);
        return shown(make(path, 'file', bytes)) as DropboxFile;
      }
      if (there?.rev !== mode.update) return refuse('version_conflict');
      revise(there, bytes);
      tell(there);
      return shown(there) as DropboxFile;
    },
    revoke: async () => undefined,
  };
  return fake;
}
