import { CairnError } from '../domain/errors';
import type { SyncRef } from '../domain/types';
import type { Store } from '../store/client';
import { getSync } from '../store/syncs';
import type { Remotes } from './remotes';
import { comparePartition } from './verification/compare';
import { spoolAssembly, spoolDropbox, spoolRows } from './verification/read';
import { createReport, type VerifyReport } from './verification/report';
import { createSpool } from './verification/spool';

export type { Difference, VerifyReport } from './verification/report';

/** What a pass would do now: `decision` in words, `rule` its number in the plan's table. */
export interface PlanPreview {
  readonly items: readonly {
    readonly path: string;
    readonly object: string;
    readonly rule: number;
    readonly decision: string;
  }[];
  readonly truncated: boolean;
}

export interface VerifyDeps {
  readonly store: Store;
  readonly remotes: Remotes;
}

export interface VerifyOptions {
  /** Read Assembly's bytes too and hash them: the only proof of content on that side. One call and download a file. */
  readonly content?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each finished step, for a person who waits. */
  readonly onProgress?: (words: string) => void;
}

/**
 * Reads both sides of a sync in full and compares them with each other and with the rows; changes nothing. What was
 * read waits in files, split by path, so memory holds one part at a time however large the sync is.
 * Rejects with `not_found`, `not_connected`, `root_missing`, or what a remote side refused.
 */
export async function verifySync(
  deps: VerifyDeps,
  ref: SyncRef,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const sync = await getSync(deps.store, ref);
  if (sync === null) throw new CairnError('not_found');
  const dropbox = await deps.remotes.dropbox(ref.portalId);
  const assembly = deps.remotes.assembly(ref.portalId);
  const say = options.onProgress ?? (() => undefined);
  const report = createReport();
  const spool = await createSpool();
  try {
    say('reading the rows');
    const unsyncableFolders = await spoolRows(deps.store, ref, spool, report);
    say('listing Dropbox');
    await spoolDropbox(dropbox, sync.rootId, spool, report, options.signal);
    say('listing Assembly');
    await spoolAssembly(assembly, sync.channelId, spool, report, options.signal);
    say('comparing');
    for (let part = 0; part < spool.parts; part += 1) {
      await comparePartition(await spool.read(part), {
        report,
        unsyncableFolders,
        assembly: options.content ? assembly : null,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    }
  } finally {
    await spool.remove();
  }
  return report.finish();
}
