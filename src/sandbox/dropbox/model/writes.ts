import { routeError } from '../api/failure';
import type { DropboxSwitches } from '../switches';
import type { Account } from './account';
import { newFileId, seconds } from './ids';
import { type Lookup, type Place, placeOf, readOnlyAbove, type View } from './locate';
import { foldName, splitExtension } from './names';
import { displayPath, keyPath } from './tree';
import type { Change, TreeNode } from './types';
import { revOf, type World } from './world';

const MAX_COUNTER = 10_000;

export type WriteMode = 'add' | 'overwrite' | { readonly update: string };

export interface Commit {
  readonly path: string;
  readonly mode: WriteMode;
  readonly autorename: boolean;
  readonly strictConflict: boolean;
  readonly clientModified?: string;
}

export interface Bytes {
  readonly size: number;
  readonly hash: string;
}

/** What a write comes to: the changes to commit, and the object that will stand there afterwards. */
export interface Decision {
  readonly changes: Change[];
  readonly id: string;
}

export interface Writer extends Lookup {
  readonly world: World;
  readonly at: Date;
}

/** Revs of one decision: each next one is higher than all before. */
export function revCounter(world: World): () => string {
  let count = world.revCount;
  return () => revOf(++count);
}

/** Folders that `place` still lacks, and the id of the last one. */
export function makeParents(account: Account, place: Place, at: Date): { changes: Change[]; parent: string } {
  const changes: Change[] = [];
  let parent = place.parent.id;
  const folders = place.missing.slice(0, -1);
  const above = place.parentDisplay.split('/');
  for (const [index, name] of folders.entries()) {
    const id = newFileId();
    const parentDisplay = above.slice(0, above.length - folders.length + index).join('/');
    changes.push({
      t: 'mkdir',
      account: account.record.id,
      id,
      parent,
      name,
      parentDisplay,
      at: at.getTime(),
    });
    parent = id;
  }
  return { changes, parent };
}

export function freeName(parent: TreeNode, name: string, from: number): string {
  const [stem, extension] = splitExtension(name);
  for (let n = from; n < MAX_COUNTER; n++) {
    const candidate = `${stem} (${n})${extension}`;
    if (!parent.children.has(foldName(candidate))) return candidate;
  }
  throw routeError(['conflict', 'file']);
}

function conflictedName(parent: TreeNode, name: string, account: Account, switches: DropboxSwitches): string {
  const [stem, extension] = splitExtension(name);
  const owner = switches.autorenameUpdate === 'named' ? `${account.record.name}'s ` : '';
  const wanted = `${stem} (${owner}conflicted copy)${extension}`;
  return parent.children.has(foldName(wanted)) ? freeName(parent, wanted, 1) : wanted;
}

export const renamed = (place: Place, name: string): Place => ({
  ...place,
  existing: null,
  name,
  missing: [...place.missing.slice(0, -1), name],
});

/** Decides an upload by the write-mode matrix. Fails with the tags of WriteError. */
export function decideUpload(view: View, commit: Commit, bytes: Bytes, writer: Writer): Decision {
  const place = placeOf(view, commit.path, writer);
  if (readOnlyAbove(place.existing ?? place.parent) || place.existing?.flags.locked) {
    throw routeError(['no_write_permission']);
  }
  const { existing } = place;
  const verdict = existing
    ? existing.kind === 'folder'
      ? 'conflict/folder'
      : judgeFile(existing, commit, bytes, writer.switches)
    : judgeMissing(view.account, place, commit, writer.switches);
  if (verdict === 'same' && existing)
    return { changes: echo(view.account, existing, writer), id: existing.id };
  if (verdict === 'write' || verdict === 'same') return writeFile(view, place, commit, bytes, writer);
  if (!commit.autorename || verdict === 'not_found') throw routeError(verdict.split('/'));
  const name =
    typeof commit.mode === 'object'
      ? conflictedName(place.parent, place.name, view.account, writer.switches)
      : freeName(place.parent, place.name, writer.switches.autorenameFrom);
  return writeFile(view, renamed(place, name), commit, bytes, writer);
}

type Verdict = 'write' | 'same' | 'not_found' | 'conflict/file' | 'conflict/folder';

function judgeFile(node: TreeNode, commit: Commit, bytes: Bytes, switches: DropboxSwitches): Verdict {
  const current = node.file;
  const same = current?.hash === bytes.hash;
  const matches = typeof commit.mode === 'object' && commit.mode.update === current?.rev;
  if (same && commit.strictConflict) {
    const lenient = switches.strictIdentical === 'same' && (matches || commit.mode === 'overwrite');
    return lenient ? 'same' : 'conflict/file';
  }
  if (same) return switches.identicalUpload === 'same_rev' ? 'same' : 'write';
  return matches || commit.mode === 'overwrite' ? 'write' : 'conflict/file';
}

function judgeMissing(account: Account, place: Place, commit: Commit, switches: DropboxSwitches): Verdict {
  if (typeof commit.mode !== 'object') return 'write';
  if (commit.strictConflict) return switches.strictMissing === 'conflict' ? 'conflict/file' : 'not_found';
  const path = `${keyPath(place.parent)}/${place.missing.map(foldName).join('/')}`;
  if (!account.byPath.has(path) || switches.updateOnDeleted === 'resurrect') return 'write';
  return switches.updateOnDeleted === 'conflict' ? 'conflict/file' : 'not_found';
}

/** An identical upload writes nothing, but may be told all the same. */
function echo(account: Account, node: TreeNode, writer: Writer): Change[] {
  if (!writer.switches.identicalUploadInFeed) return [];
  const record = { op: 'put' as const, path: keyPath(node), display: displayPath(node), id: node.id };
  const rev = node.file ? { rev: node.file.rev } : {};
  return [{ t: 'feed', account: account.record.id, records: [{ ...record, ...rev }] }];
}

function writeFile(view: View, place: Place, commit: Commit, bytes: Bytes, writer: Writer): Decision {
  const { account } = view;
  const { quota } = account.record;
  const replaced = place.existing?.file?.size ?? 0;
  if (quota !== null && account.used - replaced + bytes.size > quota)
    throw routeError(['insufficient_space']);
  const { changes, parent } = makeParents(account, place, writer.at);
  const id = place.existing?.id ?? newFileId();
  const now = seconds(writer.at);
  changes.push({
    t: 'put',
    account: account.record.id,
    id,
    parent: place.existing?.parent?.id ?? parent,
    name: place.existing?.name ?? place.name,
    parentDisplay: place.parentDisplay,
    rev: revCounter(writer.world)(),
    size: bytes.size,
    hash: bytes.hash,
    clientModified: commit.clientModified ?? now,
    serverModified: now,
    at: writer.at.getTime(),
  });
  return { changes, id };
}

/** Decides a new folder. Fails with the tags of WriteError. */
export function decideFolder(view: View, path: string, autorename: boolean, writer: Writer): Decision {
  let place = placeOf(view, path, writer);
  if (place.existing) {
    if (!autorename) throw routeError(['conflict', place.existing.kind]);
    place = renamed(place, freeName(place.parent, place.name, writer.switches.autorenameFrom));
  }
  if (readOnlyAbove(place.parent)) throw routeError(['no_write_permission']);
  const { changes, parent } = makeParents(view.account, place, writer.at);
  const id = newFileId();
  const { name, parentDisplay } = place;
  changes.push({
    t: 'mkdir',
    account: view.account.record.id,
    id,
    parent,
    name,
    parentDisplay,
    at: writer.at.getTime(),
  });
  return { changes, id };
}

/** Decides a delete of something that exists. `parentRev`: only while the file is at that rev. */
export function decideDelete(
  view: View,
  node: TreeNode,
  parentRev: string | undefined,
  writer: Writer,
): Change[] {
  if (node.flags.locked) throw routeError(['path_lookup', 'locked']);
  if (parentRev !== undefined && node.kind === 'folder') throw routeError(['path_lookup', 'not_file']);
  if (parentRev !== undefined && node.file?.rev !== parentRev) {
    throw routeError(['path_write', 'conflict', 'file']);
  }
  if (readOnlyAbove(node) || isMounted(view, node)) throw routeError(['path_write', 'no_write_permission']);
  const children = writer.switches.childTombstones;
  return [{ t: 'remove', account: view.account.record.id, id: node.id, children, at: seconds(writer.at) }];
}

/** Home and team roots can be neither moved nor deleted. */
export function isMounted(view: View, node: TreeNode): boolean {
  const { homeNs } = view.account.record;
  return node === view.base || node === view.account.root || view.account.namespaces.get(homeNs) === node.id;
}
