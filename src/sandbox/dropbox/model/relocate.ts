import { routeError, under } from '../api/failure';
import { namespaceOf } from './account';
import { newFileId, seconds } from './ids';
import { isFresh, type Place, placeOf, readOnlyAbove, type View } from './locate';
import { foldName } from './names';
import { countUpTo, isInside, walk } from './tree';
import type { TreeNode } from './types';
import { type Decision, freeName, isMounted, makeParents, renamed, revCounter, type Writer } from './writes';

const MAX_RELOCATION = 10_000;

export interface Relocation {
  readonly from: TreeNode;
  readonly to: string;
  readonly autorename: boolean;
  readonly allowOwnershipTransfer: boolean;
}

/** Where a move or copy ends, after every check that both share. `null`: a case-only move that does nothing. */
function target(view: View, relocation: Relocation, copying: boolean, writer: Writer): Place | null {
  const { from } = relocation;
  if (!copying && from.flags.locked) throw routeError(['from_lookup', 'locked']);
  const fresh = isFresh(from.createdAt, writer.now, writer.switches.consistencyWindowMs);
  if (fresh) throw routeError(['from_lookup', 'not_found']);
  if (!copying && isMounted(view, from)) throw routeError(['cant_move_shared_folder']);
  if (!copying && readOnlyAbove(from)) throw routeError(['from_write', 'no_write_permission']);
  const place = under('to', () => placeOf(view, relocation.to, writer));
  const { existing } = place;
  if (existing === from) {
    if (existing.name === place.name) throw routeError(['duplicated_or_nested_paths']);
    if (writer.switches.caseOnlyMove === 'noop') return null;
    if (writer.switches.caseOnlyMove === 'conflict' && !relocation.autorename) {
      throw routeError(['to', 'conflict', from.kind]);
    }
    return { ...place, existing: null };
  }
  if (isInside(from, place.parent)) throw routeError(['cant_move_folder_into_itself']);
  if (existing && !relocation.autorename) throw routeError(['to', 'conflict', existing.kind]);
  if (readOnlyAbove(place.parent)) throw routeError(['to', 'no_write_permission']);
  checkNamespaces(view, relocation, place, copying);
  if (countUpTo(from, MAX_RELOCATION) > MAX_RELOCATION) throw routeError(['too_many_files']);
  if (!existing) return place;
  return renamed(place, freeName(place.parent, place.name, writer.switches.autorenameFrom));
}

function checkNamespaces(view: View, relocation: Relocation, place: Place, copying: boolean): void {
  const { from } = relocation;
  const leaves = namespaceOf(view.account, from) !== namespaceOf(view.account, place.parent);
  if (!leaves) return;
  if (copying && from.flags.sharedId) throw routeError(['cant_copy_shared_folder']);
  if (from.flags.sharedId && isShared(place.parent)) throw routeError(['cant_nest_shared_folder']);
  const owned = from.flags.keepOwner && !relocation.allowOwnershipTransfer;
  if (!copying && owned) throw routeError(['cant_transfer_ownership']);
}

function isShared(node: TreeNode): boolean {
  for (let at: TreeNode | null = node; at; at = at.parent) if (at.flags.sharedId) return true;
  return false;
}

/** Decides a move. Ids stay. Fails with the tags of RelocationError. */
export function decideMove(view: View, relocation: Relocation, writer: Writer): Decision {
  const { from } = relocation;
  const place = target(view, relocation, false, writer);
  if (!place) return { changes: [], id: from.id };
  const { switches } = writer;
  const { changes, parent } = makeParents(view.account, place, writer.at);
  const caseOnly = from.parent?.id === parent && from.key === foldName(place.name);
  changes.push({
    t: 'move',
    account: view.account.record.id,
    id: from.id,
    parent,
    name: place.name,
    parentDisplay: place.parentDisplay,
    ...(switches.revOnMove === 'new' && from.file ? { rev: revCounter(writer.world)() } : {}),
    addedFirst: switches.renameOrder === 'added_first',
    split: switches.splitRenames,
    inFeed: !caseOnly || switches.caseChangesInFeed,
    at: writer.at.getTime(),
  });
  return { changes, id: from.id };
}

/** Decides a copy: the same bytes under new ids. */
export function decideCopy(view: View, relocation: Relocation, writer: Writer): Decision {
  const place = target(view, relocation, true, writer);
  if (!place) return { changes: [], id: relocation.from.id };
  checkQuota(view, relocation.from);
  const { changes, parent } = makeParents(view.account, place, writer.at);
  const nextRev = revCounter(writer.world);
  const topId = newFileId();
  const account = view.account.record.id;
  const copy = (node: TreeNode, id: string, parentId: string, name: string, parentDisplay: string): void => {
    const common = { account, id, parent: parentId, name, parentDisplay, at: writer.at.getTime() };
    if (node.file) {
      const { size, hash, clientModified } = node.file;
      const serverModified = seconds(writer.at);
      changes.push({ t: 'put', ...common, rev: nextRev(), size, hash, clientModified, serverModified });
      return;
    }
    changes.push({ t: 'mkdir', ...common });
    for (const child of node.children.values()) {
      copy(child, newFileId(), id, child.name, `${parentDisplay}/${name}`);
    }
  };
  copy(relocation.from, topId, parent, place.name, place.parentDisplay);
  return { changes, id: topId };
}

function checkQuota({ account }: View, from: TreeNode): void {
  let bytes = 0;
  for (const node of walk(from)) bytes += node.file?.size ?? 0;
  const { quota } = account.record;
  if (quota !== null && account.used + bytes > quota) throw routeError(['insufficient_quota']);
}
