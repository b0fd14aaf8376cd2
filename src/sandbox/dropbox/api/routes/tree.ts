import { z } from 'zod';
import type { View } from '../../model/locate';
import { find } from '../../model/locate';
import { decideCopy, decideMove, type Relocation } from '../../model/relocate';
import type { TreeNode } from '../../model/types';
import { type Decision, decideDelete, decideFolder, type Writer } from '../../model/writes';
import { flag, rev, writePath, writePathOrId } from '../args';
import { type Call, defineRoute, exclusively, nodeById, type Route, writerOf } from '../call';
import { under } from '../failure';
import { checkJob, eachEntry, launch } from '../jobs';
import { type Json, metadataOf, taggedMetadata } from '../metadata';

const SCOPE = 'files.content.write';

const createFolder = (call: Call, path: string, autorename: boolean): Promise<Json> =>
  exclusively(call, [path], () => {
    const { view, service } = call;
    const decision = under('path', () => decideFolder(view, path, autorename, writerOf(call)));
    service.commit(decision.changes);
    return { metadata: metadataOf(view, nodeById(call, decision.id), service.switches()) };
  });

interface Deletion {
  readonly path: string;
  readonly parent_rev?: string | null | undefined;
}

const remove = (call: Call, entry: Deletion): Promise<Json> =>
  exclusively(call, [entry.path], () => {
    const { view, service } = call;
    const node = under('path_lookup', () => find(view, entry.path, writerOf(call)));
    const metadata = taggedMetadata(view, node, service.switches());
    service.commit(decideDelete(view, node, entry.parent_rev ?? undefined, writerOf(call)));
    return { metadata };
  });

type Decide = (view: View, relocation: Relocation, writer: Writer) => Decision;

interface RelocationArgs {
  readonly from_path: string;
  readonly to_path: string;
  readonly autorename?: boolean | null | undefined;
  readonly allow_ownership_transfer?: boolean | null | undefined;
}

/** Source before target: a missing source is told even when the target is taken. */
const relocate = (call: Call, decide: Decide, args: RelocationArgs): Promise<TreeNode> =>
  exclusively(call, [args.from_path, args.to_path], () => {
    const { view, service } = call;
    const from = under('from_lookup', () => find(view, args.from_path, writerOf(call)));
    const relocation: Relocation = {
      from,
      to: args.to_path,
      autorename: args.autorename ?? false,
      allowOwnershipTransfer: args.allow_ownership_transfer ?? false,
    };
    const decision = decide(view, relocation, writerOf(call));
    service.commit(decision.changes);
    return nodeById(call, decision.id);
  });

const relocationEntry = z.strictObject({ from_path: writePathOrId, to_path: writePathOrId });
const relocationArgs = z.strictObject({
  ...relocationEntry.shape,
  allow_shared_folder: flag,
  autorename: flag,
  allow_ownership_transfer: flag,
});
const relocationBatch = z.strictObject({
  entries: z.array(relocationEntry).min(1).max(1_000),
  autorename: flag,
  allow_ownership_transfer: flag,
});

const relocationRoute = (decide: Decide): Route =>
  defineRoute({
    scope: SCOPE,
    args: relocationArgs,
    async run(call, args) {
      const node = await relocate(call, decide, args);
      const switches = call.service.switches();
      const render = switches.moveTag ? taggedMetadata : metadataOf;
      return { metadata: render(call.view, node, switches) };
    },
  });

const relocationBatchRoute = (decide: Decide): Route =>
  defineRoute({
    scope: SCOPE,
    args: relocationBatch,
    async run(call, { entries, ...rest }) {
      const one = async (entry: z.infer<typeof relocationEntry>): Promise<Json> => {
        const node = await relocate(call, decide, { ...rest, ...entry });
        return { success: taggedMetadata(call.view, node, call.service.switches()) };
      };
      return launch(call, { entries: await eachEntry(entries, one, 'relocation_error') });
    },
  });

const jobArgs = z.strictObject({ async_job_id: z.string().min(1) });
export const checkRoute = (scope: string): Route =>
  defineRoute({ scope, args: jobArgs, run: (call, args) => checkJob(call, args.async_job_id) });

const folderBatch = z.strictObject({
  paths: z.array(writePath).max(10_000),
  autorename: flag,
  force_async: flag,
});
const deletion = z.strictObject({ path: writePathOrId, parent_rev: rev.nullish() });

export const treeRoutes: Record<string, Route> = {
  'files/create_folder_v2': defineRoute({
    scope: SCOPE,
    contention: '429',
    args: z.strictObject({ path: writePath, autorename: flag }),
    run: (call, args) => createFolder(call, args.path, args.autorename ?? false),
  }),
  'files/create_folder_batch': defineRoute({
    scope: SCOPE,
    args: folderBatch,
    async run(call, args) {
      const paths = [...new Set(args.paths)];
      const entries = await eachEntry(paths, (path) => createFolder(call, path, args.autorename ?? false));
      return launch(call, { entries }, args.force_async ?? false);
    },
  }),
  'files/create_folder_batch/check': checkRoute(SCOPE),
  'files/delete_v2': defineRoute({ scope: SCOPE, args: deletion, run: remove }),
  'files/delete_batch': defineRoute({
    scope: SCOPE,
    args: z.strictObject({ entries: z.array(deletion).max(1_000) }),
    run: async (call, { entries }) =>
      launch(call, { entries: await eachEntry(entries, (entry) => remove(call, entry)) }),
  }),
  'files/delete_batch/check': checkRoute(SCOPE),
  'files/move_v2': { ...relocationRoute(decideMove), contention: '429' },
  'files/copy_v2': { ...relocationRoute(decideCopy), contention: '429' },
  'files/move_batch_v2': relocationBatchRoute(decideMove),
  'files/move_batch/check_v2': checkRoute(SCOPE),
  'files/copy_batch_v2': relocationBatchRoute(decideCopy),
  'files/copy_batch/check_v2': checkRoute(SCOPE),
};
