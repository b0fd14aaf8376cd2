import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { RemoteError } from '../../../../src/domain/remoteError';
import type { DropboxClient, DropboxEntry, DropboxFile, DropboxFolder } from '../../../../src/dropbox/types';
import { createFaults, unused } from './faults';

export const ROOT = '/Clients';
export const ROOT_ID = 'id:root';

interface Node {
  readonly id: string;
  path: string;
  rev: string | null;
  content: string | null;
}

/** Dropbox's hash of a body below one block of 4 MiB. */
export const hashOf = (content: string): string => {
  const block = createHash('sha256').update(content).digest();
  return createHash('sha256')
    .update(content === '' ? '' : block)
    .digest('hex');
};

/** A Dropbox account in memory, with the person who works in it. Paths of the person are below the root. */
export function createFakeDropbox() {
  const faults = createFaults('dropbox');
  const nodes = new Map<string, Node>([[ROOT_ID, { id: ROOT_ID, path: ROOT, rev: null, content: null }]]);
  const revisions = new Map<string, Node & { content: string }>();
  const log: DropboxEntry[] = [];
  let count = 0;

  const at = (path: string) => [...nodes.values()].find((n) => n.path.toLowerCase() === path.toLowerCase());
  const found = (target: string) => (target.startsWith('id:') ? nodes.get(target) : at(target));
  const below = (path: string) =>
    [...nodes.values()]
      .filter((n) => n.path.toLowerCase().startsWith(`${path.toLowerCase()}/`))
      .sort((one, two) => (one.path < two.path ? -1 : 1));
  const nameIn = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const entry = (n: Node): DropboxFile | DropboxFolder => {
    const common = { id: n.id, name: nameIn(n.path), pathLower: n.path.toLowerCase(), pathDisplay: n.path };
    if (n.content === null) return { tag: 'folder', ...common };
    const { rev, content } = n;
    return {
      tag: 'file',
      ...common,
      rev: rev!,
      size: Buffer.byteLength(content),
      hash: hashOf(content),
      downloadable: true,
    };
  };
  const gone = (path: string) =>
    log.push({ tag: 'deleted', name: nameIn(path), pathLower: path.toLowerCase(), pathDisplay: path });
  const refuse = (code: 'path_conflict' | 'version_conflict' | 'source_missing') => {
    throw new RemoteError('dropbox', code, `Dropbox says ${code}`);
  };
  const fill = (n: Node, content: string) => {
    n.content = content;
    n.rev = `rev${++count}`;
    revisions.set(n.rev, { ...n, content });
    log.push(entry(n));
  };
  const make = (path: string, content: string | null): Node => {
    if (at(path)) refuse('path_conflict');
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '' && !at(parent)) make(parent, null);
    const n: Node = { id: `id:${++count}`, path, rev: null, content };
    nodes.set(n.id, n);
    if (content === null) log.push(entry(n));
    else fill(n, content);
    return n;
  };
  const relocate = (n: Node, to: string) => {
    const there = at(to);
    if (there && there !== n) refuse('path_conflict');
    const moved = [n, ...below(n.path)];
    const from = n.path;
    gone(from);
    for (const one of moved) {
      one.path = to + one.path.slice(from.length);
      if (one.content === null) log.push(entry(one));
      else fill(one, one.content);
    }
  };
  const drop = (n: Node) => {
    for (const one of [n, ...below(n.path)]) nodes.delete(one.id);
    gone(n.path);
  };

  const client: DropboxClient = {
    metadata: (target) =>
      faults.run('metadata', () => {
        const n = found(target);
        return n ? entry(n) : null;
      }),
    listFolder: ({ path, recursive }) =>
      faults.run('listFolder', () => {
        const folder = found(path)!;
        const inside = below(folder.path).filter(
          (n) => recursive || !n.path.slice(folder.path.length + 1).includes('/'),
        );
        return { entries: inside.map(entry), cursor: String(log.length), hasMore: false };
      }),
    listFolderContinue: (cursor) =>
      faults.run('listFolderContinue', () => ({
        entries: log.slice(Number(cursor)),
        cursor: String(log.length),
        hasMore: false,
      })),
    createFolder: (path) => faults.run('createFolder', () => entry(make(path, null)) as DropboxFolder),
    move: (from, to) =>
      faults.run('move', () => {
        const n = found(from) ?? refuse('source_missing');
        relocate(n!, to);
        return entry(n!);
      }),
    delete: (id, rev) =>
      faults.run('delete', () => {
        const n = found(id);
        if (!n) return 'gone';
        if (n.content !== null && n.rev !== rev) refuse('version_conflict');
        drop(n);
        return 'deleted';
      }),
    download: (rev) =>
      faults.run('download', () => {
        const n = revisions.get(rev)!;
        return { stream: Readable.from([Buffer.from(n.content)]), entry: entry(n) as DropboxFile };
      }),
    async upload({ path, mode, open }) {
      const content = await text(await open(0));
      return await faults.run('upload', () => {
        const there = found(path);
        if (mode === 'add') return entry(make(path, content)) as DropboxFile;
        if (!there) refuse('source_missing');
        if (there!.rev !== mode.update) refuse('version_conflict');
        fill(there!, content);
        return entry(there!) as DropboxFile;
      });
    },
    account: unused('account'),
    revoke: unused('revoke'),
  };
  const own = (path: string) => at(ROOT + path)!;
  return {
    client,
    faults,
    put(path: string, content: string) {
      const there = at(ROOT + path);
      if (there) fill(there, content);
      else make(ROOT + path, content);
    },
    folder: (path: string) => void make(ROOT + path, null),
    move: (from: string, to: string) => relocate(own(from), ROOT + to),
    remove: (path: string) => drop(own(path)),
    id: (path: string) => own(path).id,
    tree: () =>
      below(ROOT).map((n) =>
        (n.content === null ? `${n.path}/` : `${n.path} ${n.content}`).slice(ROOT.length),
      ),
  };
}

export async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export type FakeDropbox = ReturnType<typeof createFakeDropbox>;
