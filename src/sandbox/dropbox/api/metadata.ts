import { createHash } from 'node:crypto';
import type { View } from '../model/locate';
import { foldName } from '../model/names';
import { chain, displayPath } from '../model/tree';
import type { Revision, TreeNode } from '../model/types';
import type { DropboxSwitches } from '../switches';

export type Json = Record<string, unknown>;

/** Cuts an absolute display path to what the view sees of it: as many components as lie below its base. */
export function within(view: View, absolute: string): string {
  let depth = 0;
  for (let at = view.base; at.parent; at = at.parent) depth++;
  const segments = absolute.split('/').slice(1 + depth);
  return segments.length === 0 ? '' : `/${segments.join('/')}`;
}

export const lowerOf = (display: string): string => display.split('/').map(foldName).join('/');

function sharing(view: View, node: TreeNode): Json {
  const nodes = [...(chain(view.base, node) ?? [])].reverse();
  const readOnly = nodes.some((one) => one.flags.readOnly);
  const shared = nodes.find((one) => one.flags.sharedId);
  if (!readOnly && !shared) return {};
  const id = shared?.flags.sharedId ?? '0';
  if (node.kind === 'file') return { sharing_info: { read_only: readOnly, parent_shared_folder_id: id } };
  const own = node === shared;
  const key = own ? 'shared_folder_id' : 'parent_shared_folder_id';
  return {
    sharing_info: { read_only: readOnly, [key]: id, traverse_only: false, no_access: false },
  };
}

/** FileMetadata or FolderMetadata, without `.tag`. */
export function metadataOf(view: View, node: TreeNode, switches: DropboxSwitches): Json {
  const display = within(view, displayPath(node));
  const place = { name: node.name, id: node.id, path_lower: lowerOf(display), path_display: display };
  if (!node.file) return { ...place, ...sharing(view, node) };
  return { ...place, ...revisionFields(node.file, switches), ...extras(node), ...sharing(view, node) };
}

function extras({ flags }: TreeNode): Json {
  return {
    is_downloadable: flags.exportAs === undefined,
    ...(flags.exportAs === undefined
      ? {}
      : { export_info: { export_as: flags.exportAs, export_options: [flags.exportAs] } }),
    ...(flags.symlink === undefined ? {} : { symlink_info: { target: flags.symlink } }),
    ...(flags.locked ? { file_lock_info: { is_lockholder: false, lockholder_name: 'Somebody else' } } : {}),
  };
}

const revisionFields = (revision: Revision, switches: DropboxSwitches): Json => ({
  client_modified: revision.clientModified,
  server_modified: revision.serverModified,
  rev: revision.rev,
  size: revision.size,
  ...(switches.hashInMetadata ? { content_hash: revision.hash } : {}),
});

/** An old version as FileMetadata, where the object stands now if it does. */
export function revisionMetadata(
  view: View,
  revision: Revision,
  display: string,
  switches: DropboxSwitches,
): Json {
  return {
    name: revision.name,
    id: revision.id,
    path_lower: lowerOf(display),
    path_display: display,
    ...revisionFields(revision, switches),
    is_downloadable: view.account.nodes.get(revision.id)?.flags.exportAs === undefined,
  };
}

/** Metadata with its `.tag`, for results of type Metadata. */
export const taggedMetadata = (view: View, node: TreeNode, switches: DropboxSwitches): Json => ({
  '.tag': node.kind,
  ...metadataOf(view, node, switches),
});

export function deletedMetadata(display: string): Json {
  return {
    '.tag': 'deleted',
    name: display.slice(display.lastIndexOf('/') + 1),
    path_lower: lowerOf(display),
    path_display: display,
  };
}

/** The same for the same revision, whatever path it is read by. */
export const etagOf = (revision: Revision): string =>
  `"${createHash('sha256').update(revision.rev).digest('hex').slice(0, 32)}"`;
