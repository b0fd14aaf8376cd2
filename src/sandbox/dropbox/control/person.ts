import { z } from 'zod';
import { Failure, routeError } from '../api/failure';
import { metadataOf } from '../api/metadata';
import { fileReply, jsonReply } from '../http/reply';
import { seconds } from '../model/ids';
import { find, placeOf, type View } from '../model/locate';
import { foldName } from '../model/names';
import { decideMove } from '../model/relocate';
import { keyPath } from '../model/tree';
import type { DeletedEntry, Revision } from '../model/types';
import type { Bytes } from '../model/writes';
import {
  type Decision,
  decideDelete,
  decideFolder,
  decideUpload,
  makeParents,
  revCounter,
} from '../model/writes';
import {
  actor,
  asPerson,
  type ControlHandler,
  type ControlParts,
  viewOf,
  withBody,
  withQuery,
  writerOf,
} from './route';

const MAX_FILE = 2_199_019_061_248;
const path = z.string().startsWith('/', { error: 'must start with /' });

/** Commits what was decided and answers with the object as it stands now. */
function settle({ service }: ControlParts, view: View, decision: Decision): Record<string, unknown> {
  service.commit(decision.changes);
  const node = view.account.nodes.get(decision.id);
  return node ? metadataOf(view, node, service.switches()) : {};
}

/** Writes bytes over whatever file is there, making parents. */
const save = (parts: ControlParts, view: View, target: string, bytes: Bytes, clientModified?: string) => {
  const commit = {
    path: target,
    mode: 'overwrite' as const,
    autorename: false,
    strictConflict: false,
    ...(clientModified ? { clientModified } : {}),
  };
  return decideUpload(view, commit, bytes, writerOf(parts));
};

const putFile: ControlHandler = withQuery(
  z.strictObject({ ...actor, path, modified: z.iso.datetime().optional() }),
  async (parts, query, request) => {
    const { blobs } = parts.service;
    const view = viewOf(parts, query);
    const received = await blobs.receive(request.body, MAX_FILE);
    const bytes = { size: received.size, hash: received.hasher.hex() };
    try {
      const answer = await asPerson(parts, view, [query.path], () => {
        const decision = save(parts, view, query.path, bytes, query.modified);
        blobs.adopt(received.file, bytes.hash);
        return settle(parts, view, decision);
      });
      return jsonReply(answer);
    } finally {
      await blobs.discard(received.file);
    }
  },
);

const getFile: ControlHandler = withQuery(z.strictObject({ ...actor, path }), (parts, query) => {
  const view = viewOf(parts, query);
  const { file } = find(view, query.path, writerOf(parts));
  if (!file) throw new Failure(409, { error: `${query.path} is a folder` });
  const part = { file: parts.service.blobs.path(file.hash), start: 0, length: file.size };
  return fileReply(part, 200, {});
});

const makeFolder = withBody(z.strictObject({ ...actor, path }), (parts, body) => {
  const view = viewOf(parts, body);
  return asPerson(parts, view, [body.path], () =>
    settle(parts, view, decideFolder(view, body.path, false, writerOf(parts))),
  );
});

/** People can rename by case alone, whatever the API makes of it. */
const move = withBody(z.strictObject({ ...actor, from: path, to: path }), (parts, body) => {
  const view = viewOf(parts, body);
  return asPerson(parts, view, [body.from, body.to], () => {
    const writer = writerOf(parts);
    const from = find(view, body.from, writer);
    const relocation = { from, to: body.to, autorename: false, allowOwnershipTransfer: true };
    const switches = { ...writer.switches, caseOnlyMove: 'works' as const };
    return settle(parts, view, decideMove(view, relocation, { ...writer, switches }));
  });
});

const remove = withBody(z.strictObject({ ...actor, path }), (parts, body) => {
  const view = viewOf(parts, body);
  return asPerson(parts, view, [body.path], () => {
    const writer = writerOf(parts);
    const node = find(view, body.path, writer);
    parts.service.commit(decideDelete(view, node, undefined, writer));
  });
});

/** The given version, or the last one of what was deleted at the path, or the newest that was ever written there. */
function versionAt({ account, base }: View, target: string, rev: string | undefined): Revision {
  const key = keyPath(base) + target.split('/').map(foldName).join('/');
  const deleted = account.byId.get(account.deleted.get(key)?.id ?? '')?.at(-1);
  const newest = deleted ?? account.byPath.get(key)?.at(-1);
  const revision = rev === undefined ? newest : account.revisions.get(rev);
  if (!revision) throw routeError(['not_found']);
  return revision;
}

/** A deleted folder with all that went with it, each under its old id. */
function restoredFolder(parts: ControlParts, view: View, target: string, top: DeletedEntry): Decision {
  const { account, base } = view;
  const writer = writerOf(parts);
  const place = placeOf(view, target, writer);
  if (place.existing) throw routeError(['conflict', place.existing.kind]);
  const { changes, parent } = makeParents(account, place, writer.at);
  const key = keyPath(base) + target.split('/').map(foldName).join('/');
  const ids = new Map([[key.slice(0, key.lastIndexOf('/')), parent]]);
  const nextRev = revCounter(writer.world);
  const gone = [...account.deleted].filter(
    ([path, entry]) => entry.top === top.top && (path === key || path.startsWith(`${key}/`)),
  );
  for (const [path, { id, folder, display }] of gone.sort(([one], [two]) => one.length - two.length)) {
    const above = path.slice(0, path.lastIndexOf('/'));
    const cut = display.lastIndexOf('/');
    const placed = {
      account: account.record.id,
      id,
      parent: ids.get(above)!,
      name: display.slice(cut + 1),
      parentDisplay: display.slice(0, cut),
      at: writer.at.getTime(),
    };
    ids.set(path, id);
    if (folder) {
      changes.push({ t: 'mkdir', ...placed });
      continue;
    }
    const { size, hash, clientModified } = account.byId.get(id)!.at(-1)!;
    const serverModified = seconds(writer.at);
    changes.push({ t: 'put', ...placed, rev: nextRev(), size, hash, clientModified, serverModified });
  }
  return { changes, id: top.id };
}

const restore = withBody(z.strictObject({ ...actor, path, rev: z.string().optional() }), (parts, body) => {
  const view = viewOf(parts, body);
  const key = keyPath(view.base) + body.path.split('/').map(foldName).join('/');
  const top = view.account.deleted.get(key);
  return asPerson(parts, view, [body.path], () => {
    if (top?.folder && body.rev === undefined)
      return settle(parts, view, restoredFolder(parts, view, body.path, top));
    const revision = versionAt(view, body.path, body.rev);
    const decision = save(parts, view, body.path, revision, revision.clientModified);
    const same = parts.service.switches().restoreId === 'same' && !view.account.nodes.has(revision.id);
    const id = same && !view.account.nodes.has(decision.id) ? revision.id : decision.id;
    const changes = decision.changes.map((change) => (change.t === 'put' ? { ...change, id } : change));
    return settle(parts, view, { changes, id });
  });
});

export const personRoutes: Readonly<Record<string, ControlHandler>> = {
  'PUT /files': putFile,
  'GET /files': getFile,
  'POST /folders': makeFolder,
  'POST /move': move,
  'POST /delete': remove,
  'POST /restore': restore,
};
