import { Readable } from 'node:stream';
import type { AssemblyClient, AssemblyObject } from '../../../../src/assembly/types';
import { RemoteError } from '../../../../src/domain/remoteError';
import { text } from './fakeDropbox';
import { createFaults, unused } from './faults';

export const CHANNEL = 'channel-1';

interface Node {
  readonly id: string;
  readonly folder: boolean;
  path: string;
  version: string;
  content: string | null;
}

/** An Assembly channel in memory, with the person who works in it. Paths have a leading slash. */
export function createFakeAssembly() {
  const faults = createFaults('assembly');
  const nodes = new Map<string, Node>();
  let count = 0;

  const at = (path: string) => [...nodes.values()].filter((n) => n.path === path);
  const below = (path: string) => [...nodes.values()].filter((n) => n.path.startsWith(`${path}/`));
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
  const view = (n: Node): AssemblyObject => ({
    id: n.id,
    object: n.folder ? 'folder' : 'file',
    channelId: CHANNEL,
    path: n.path.slice(1),
    status: n.folder ? null : n.content === null ? 'pending' : 'completed',
    version: n.version,
    size: n.content === null ? null : Buffer.byteLength(n.content),
    downloadUrl: n.content === null ? null : `https://storage.example/${n.id}/${n.version}`,
  });
  const version = () => `2026-01-01T00:00:00.${String(++count).padStart(9, '0')}Z`;
  const make = (path: string, folder: boolean, content: string | null): Node => {
    const parent = parentOf(path);
    if (parent !== '' && at(parent).length === 0) make(parent, true, null);
    const n: Node = { id: `a${++count}`, folder, path, version: version(), content };
    nodes.set(n.id, n);
    return n;
  };
  const fill = (n: Node, content: string) => {
    n.content = content;
    n.version = version();
  };
  const checkParent = (path: string) => {
    if (parentOf(path) !== '' && at(parentOf(path)).length === 0) {
      throw new RemoteError('assembly', 'parent_missing', 'no such folder');
    }
  };

  const client: AssemblyClient = {
    listFiles: ({ path }) =>
      faults.run('listFiles', () => ({
        objects: [...nodes.values()].filter((n) => !path || n.path.startsWith(`/${path}`)).map(view),
        nextToken: null,
      })),
    retrieveFile: (id) =>
      faults.run('retrieveFile', () => {
        const n = nodes.get(id);
        return n ? view(n) : null;
      }),
    createFile: ({ path }) =>
      faults.run('createFile', () => {
        checkParent(`/${path}`);
        const n = make(`/${path}`, false, null);
        return { object: view(n), uploadUrl: `https://storage.example/${n.id}` };
      }),
    createFolder: ({ path }) =>
      faults.run('createFolder', () => {
        checkParent(`/${path}`);
        if (at(`/${path}`).some((n) => n.folder)) {
          throw new RemoteError('assembly', 'path_conflict', 'Folder already exists');
        }
        return view(make(`/${path}`, true, null));
      }),
    deleteFile: (id) =>
      faults.run('deleteFile', () => {
        const n = nodes.get(id);
        if (!n) return 'gone';
        if (n.folder && below(n.path).length > 0) {
          throw new RemoteError('assembly', 'folder_not_empty', 'Folder is not empty');
        }
        nodes.delete(id);
        return 'deleted';
      }),
    async upload({ url, body }) {
      const content = await text(body);
      await faults.run('upload', () => fill(nodes.get(url.split('/')[3]!)!, content));
    },
    download: ({ url }) =>
      faults.run('downloadFile', () => {
        const [, , , id, wanted] = url.split('/');
        const n = nodes.get(id!);
        if (!n?.content || n.version !== wanted) {
          throw new RemoteError('assembly', 'url_expired', 'the link is old');
        }
        const bytes = Buffer.from(n.content);
        return { stream: Readable.from([bytes]), size: bytes.length };
      }),
    listChannels: unused('listChannels'),
    retrieveChannel: unused('retrieveChannel'),
    listClients: unused('listClients'),
    listCompanies: unused('listCompanies'),
  };
  const own = (path: string) => at(path)[0]!;
  return {
    client,
    faults,
    put(path: string, content: string) {
      const there = at(path)[0];
      if (there) fill(there, content);
      else make(path, false, content);
    },
    folder: (path: string) => void make(path, true, null),
    move(from: string, to: string) {
      for (const n of [own(from), ...below(from)]) {
        n.path = to + n.path.slice(from.length);
        n.version = version();
      }
    },
    remove(path: string) {
      for (const n of [own(path), ...below(path)]) nodes.delete(n.id);
    },
    id: (path: string) => own(path).id,
    tree: () =>
      [...nodes.values()]
        .map((n) => (n.folder ? `${n.path}/` : `${n.path} ${n.content ?? '(pending)'}`))
        .sort(),
  };
}

export type FakeAssembly = ReturnType<typeof createFakeAssembly>;
