import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AssemblyClient, AssemblyObject } from '../../../../src/assembly/types';
import type { ErrorCode } from '../../../../src/domain/errors';
import { nameOf, parentOf } from '../../../../src/domain/paths';
import { RemoteError } from '../../../../src/domain/remoteError';

interface Held {
  readonly id: string;
  readonly object: 'file' | 'folder' | 'link';
  /** Without a leading slash. */
  path: string;
  status: 'pending' | 'completed';
  version: string;
  bytes: Buffer;
}

const refuse = (code: ErrorCode): never => {
  throw new RemoteError('assembly', code, `refused: ${code}`);
};

/**
 * A file channel in memory: no rename, no version but `updatedAt`, a second file at one path gets an id of its own,
 * a new file is pending until its PUT, a folder with children is not deleted.
 */
export interface FakeAssembly extends AssemblyClient {
  /** A person's acts; paths with a leading slash. Missing parents are made. */
  put(path: string, content: string): string;
  folder(path: string): string;
  /** New bytes under the same id. */
  edit(path: string, content: string): string;
  rename(from: string, to: string): void;
  remove(path: string): void;
  idAt(path: string): string | undefined;
  list(): { path: string; object: string; status: string; content: string }[];
}

export function createFakeAssembly(channelId: string): FakeAssembly {
  const objects = new Map<string, Held>();
  let clock = 0;
  const tick = () => {
    clock += 1;
    return `2026-11-23T10:00:00.${String(clock).padStart(9, '0')}Z`;
  };
  const at = (path: string) => [...objects.values()].filter((one) => `/${one.path}` === path);
  const below = (path: string) =>
    [...objects.values()].filter((one) => `/${one.path}`.startsWith(`${path}/`));
  const make = (path: string, object: Held['object'], status: Held['status'], bytes = Buffer.alloc(0)) => {
    const held: Held = { id: randomUUID(), object, path: path.slice(1), status, version: tick(), bytes };
    objects.set(held.id, held);
    return held;
  };
  const ensureFolder = (path: string): string => {
    const there = at(path).find((one) => one.object === 'folder');
    if (there) return there.id;
    if (parentOf(path) !== '') ensureFolder(parentOf(path));
    return make(path, 'folder', 'completed').id;
  };
  const hasParent = (path: string) =>
    parentOf(path) === '' || at(parentOf(path)).some((one) => one.object === 'folder');
  const shown = (one: Held): AssemblyObject => {
    const complete = one.object === 'file' && one.status === 'completed';
    return {
      id: one.id,
      object: one.object,
      channelId,
      path: one.path,
      status: one.object === 'file' ? one.status : null,
      version: one.version,
      size: one.object === 'file' ? one.bytes.length : null,
      downloadUrl: complete ? `https://storage.test/get/${one.id}` : null,
    };
  };

  return {
    put(path, content) {
      if (parentOf(path) !== '') ensureFolder(parentOf(path));
      return make(path, 'file', 'completed', Buffer.from(content)).id;
    },
    folder: ensureFolder,
    edit(path, content) {
      const [one] = at(path);
      if (!one) throw new Error(`nothing to edit at ${path}`);
      one.bytes = Buffer.from(content);
      one.version = tick();
      return one.id;
    },
    rename(from, to) {
      const moved = [...at(from), ...below(from)];
      if (moved.length === 0) throw new Error(`nothing to rename at ${from}`);
      if (parentOf(to) !== '') ensureFolder(parentOf(to));
      for (const one of moved) {
        one.path = `${to}${`/${one.path}`.slice(from.length)}`.slice(1);
        one.version = tick();
      }
    },
    remove(path) {
      const gone = [...at(path), ...below(path)];
      if (gone.length === 0) throw new Error(`nothing to remove at ${path}`);
      for (const one of gone) objects.delete(one.id);
    },
    idAt: (path) => at(path)[0]?.id,
    list: () =>
      [...objects.values()].map(({ path, object, status, bytes }) => ({
        path: `/${path}`,
        object,
        status,
        content: bytes.toString(),
      })),

    async listFiles({ path }) {
      const found = [...objects.values()]
        .filter((one) => path === undefined || one.path.startsWith(`${path}/`))
        .sort((left, right) => (left.path < right.path ? -1 : 1));
      return { objects: found.map(shown), nextToken: null };
    },
    async retrieveFile(id) {
      const one = objects.get(id);
      return one ? shown(one) : null;
    },
    async createFile({ path }) {
      if (!hasParent(`/${path}`)) refuse('parent_missing');
      const one = make(`/${path}`, 'file', 'pending');
      return { object: shown(one), uploadUrl: `https://storage.test/put/${one.id}` };
    },
    async createFolder({ path }) {
      if (!hasParent(`/${path}`)) refuse('parent_missing');
      if (at(`/${path}`).some((one) => one.object === 'folder')) refuse('path_conflict');
      return shown(make(`/${path}`, 'folder', 'completed'));
    },
    async deleteFile(id) {
      const one = objects.get(id);
      if (!one) return 'gone';
      if (one.object === 'folder' && below(`/${one.path}`).length > 0) refuse('folder_not_empty');
      objects.delete(id);
      return 'deleted';
    },
    async upload({ url, size, body }) {
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      const bytes = Buffer.concat(parts);
      const one = objects.get(nameOf(url)) ?? refuse('url_expired');
      if (bytes.length !== size) refuse('truncated_body');
      one.bytes = bytes;
      one.status = 'completed';
      one.version = tick();
    },
    async download({ url, size }) {
      const one = objects.get(nameOf(url)) ?? refuse('url_expired');
      if (size !== null && size !== one.bytes.length) refuse('truncated_body');
      return { stream: Readable.from([one.bytes]), size: one.bytes.length };
    },
    listChannels: async () => ({ channels: [], nextToken: null }),
    retrieveChannel: async (id) =>
      id === channelId
        ? { id, membershipType: 'individual', clientId: null, companyId: null, memberIds: [] }
        : null,
    listClients: async () => ({ clients: [], nextToken: null }),
    listCompanies: async () => ({ companies: [], nextToken: null }),
  };
}
