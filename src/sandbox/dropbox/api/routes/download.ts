import { z } from 'zod';
import { asciiJson, fileReply, type Reply, textReply } from '../../http/reply';
import { newToken } from '../../model/ids';
import { find } from '../../model/locate';
import type { Revision, TreeNode } from '../../model/types';
import type { Service } from '../../service';
import { readPath } from '../args';
import { type Call, defineReplyRoute, defineRoute, type Route, writerOf } from '../call';
import { Failure, routeError, under } from '../failure';
import { etagOf, type Json, metadataOf, revisionMetadata } from '../metadata';
import { revisionPath } from './metadata';

const CONTENT = 'files.content.read';
const MAX_LINKS = 10_000;
const LINK_LIFE_MS = 4 * 3_600_000;

interface Readable {
  readonly revision: Revision;
  readonly metadata: Json;
  readonly node: TreeNode | undefined;
}

/** The file that a read path names, with the checks that every reader of bytes makes. */
function readable(call: Call, path: string): Readable {
  const { view, service } = call;
  const switches = service.switches();
  if (path.startsWith('rev:')) {
    const revision = view.account.revisions.get(path.slice(4));
    if (!revision) throw routeError(['path', 'not_found']);
    const node = view.account.nodes.get(revision.id);
    if (node?.flags.restricted) throw routeError(['path', 'restricted_content']);
    const current = node?.file?.rev === revision.rev;
    const metadata =
      node && current
        ? metadataOf(view, node, switches)
        : revisionMetadata(view, revision, revisionPath(call, revision), switches);
    return { revision, metadata, node };
  }
  const node = under('path', () => find(view, path, writerOf(call)));
  if (!node.file) throw routeError(['path', 'not_file']);
  if (node.flags.restricted) throw routeError(['path', 'restricted_content']);
  return { revision: node.file, metadata: metadataOf(view, node, switches), node };
}

interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** `null`: no range asked for. Throws 416 for one that starts beyond the end. */
export function rangeOf(header: string | undefined, size: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  if (start >= size || end < start) throw new Failure(416, '', { 'content-range': `bytes */${size}` });
  return { start, length: end - start + 1 };
}

async function download(call: Call, path: string): Promise<Reply> {
  const { revision, metadata, node } = readable(call, path);
  if (node?.flags.exportAs !== undefined) throw routeError(['unsupported_file']);
  const headers = {
    etag: etagOf(revision),
    'accept-ranges': 'bytes',
    'dropbox-api-result': asciiJson(metadata),
  };
  if (call.headers['if-none-match'] === headers.etag) return { status: 304, headers, body: '' };
  return bytesReply(call.service, revision, call.headers.range, headers);
}

function bytesReply(
  service: Service,
  { hash, size }: { hash: string; size: number },
  rangeHeader: string | undefined,
  headers: Record<string, string>,
): Reply {
  const range = rangeOf(rangeHeader, size);
  const file = service.blobs.path(hash);
  if (!range) return fileReply({ file, start: 0, length: size }, 200, headers);
  const last = range.start + range.length - 1;
  return fileReply({ file, ...range }, 206, {
    ...headers,
    'content-range': `bytes ${range.start}-${last}/${size}`,
  });
}

async function exportFile(call: Call, path: string): Promise<Reply> {
  const { revision, metadata, node } = readable(call, path);
  const format = node?.flags.exportAs;
  if (format === undefined) throw routeError(['non_exportable']);
  const result = {
    export_metadata: {
      name: `${String(metadata.name)}.${format}`,
      size: revision.size,
      export_hash: revision.hash,
    },
    file_metadata: metadata,
  };
  return bytesReply(call.service, revision, undefined, { 'dropbox-api-result': asciiJson(result) });
}

function temporaryLink(call: Call, path: string): Json {
  const { revision, metadata, node } = readable(call, path);
  if (node?.flags.exportAs !== undefined) throw routeError(['unsupported_file']);
  const key = newToken('');
  const { hash, size, name } = revision;
  const expiresAt = call.service.now().getTime() + LINK_LIFE_MS;
  const { links } = call.service;
  const oldest = links.keys().next().value;
  if (links.size >= MAX_LINKS && oldest !== undefined) links.delete(oldest);
  links.set(key, { hash, size, name, expiresAt });
  return { metadata, link: `${call.origin}/content/apitl/1/${key}` };
}

/** The bytes behind a temporary link; 410 when it has expired. */
export function followLink(service: Service, key: string, range: string | undefined): Reply {
  const link = service.links.get(key);
  if (!link) return textReply('Not Found', 404);
  if (link.expiresAt <= service.now().getTime()) return textReply('link expired', 410);
  return bytesReply(service, link, range, { 'accept-ranges': 'bytes' });
}

export const downloadRoutes: Record<string, Route> = {
  'files/download': defineReplyRoute({
    host: 'content',
    style: 'download',
    scope: CONTENT,
    args: z.strictObject({ path: readPath, rev: z.null().optional() }),
    run: (call, args) => download(call, args.path),
  }),
  'files/export': defineReplyRoute({
    host: 'content',
    style: 'download',
    scope: CONTENT,
    args: z.strictObject({ path: readPath, export_format: z.string().nullish() }),
    run: (call, args) => exportFile(call, args.path),
  }),
  'files/get_temporary_link': defineRoute({
    scope: CONTENT,
    args: z.strictObject({ path: readPath }),
    run: (call, args) => temporaryLink(call, args.path),
  }),
};
