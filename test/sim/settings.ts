import type { UploadSizes } from '../../src/dropbox';
import { ask } from './people';
import type { Random } from './random';
import type { Grounds } from './sim';

/** How the two services behave in a history where nothing settles it, when the guard asks, and what goes in parts. */
export interface Settings {
  readonly dropbox?: Readonly<Record<string, unknown>>;
  readonly assembly?: Readonly<Record<string, unknown>>;
  readonly massDelete?: { readonly min: number; readonly ratio: number };
  /** Small enough that most of what people write goes to Dropbox in parts. */
  readonly uploadSizes?: UploadSizes;
}

/** Beside its default, what each switch of the simulators may stand at. */
const DROPBOX: readonly Readonly<Record<string, unknown>>[] = [
  { childTombstones: true },
  { renameOrder: 'added_first' },
  { splitRenames: true },
  { replacedFolderTold: false },
  { feedHistory: 'every' },
  { pathDisplayInPages: false },
  { caseChangesInFeed: true },
  { rootRenamed: 'reset' },
  { rootGone: 'not_found' },
  { rootGone: 'other' },
  { deadCursor: 'other' },
  { restoreId: 'new' },
  { revOnMove: 'new' },
  { listRootItself: false },
  { moveTag: false },
  { strictIdentical: 'same' },
  { strictMissing: 'not_found' },
  { caseOnlyMove: 'works' },
  { finishReplay: 'closed' },
  { finishReplay: 'idempotent' },
];
const ASSEMBLY: readonly Readonly<Record<string, unknown>>[] = [
  { personUpload: 'twoStep' },
  { descendantEvents: true },
  { descendantUpdatedAt: true },
  { previousAttributes: 'absent' },
  { previousAttributes: 'top', previousPath: true },
  { deletedEventData: 'id' },
  { createdEventBeforeResponse: true },
  { webhookOmits: ['status', 'size', 'updatedAt', 'downloadUrl'] },
  { listOmits: ['status', 'size', 'downloadUrl'] },
  { listOrder: 'reversePath' },
  { listPages: 'short' },
  { listPages: 'emptyFirst' },
  { maxFilesLimit: 3 },
  { nullLists: true },
  // An upload that never ends would take up its path for good, and no client could do anything about it.
  { occupiedPath: 'autorename', pendingOccupies: false },
  { occupiedPath: 'reject', pendingOccupies: false },
  { pendingOccupies: false },
  { pathForm: 'nfc' },
  { pathForm: 'nfd' },
  { pathFilter: 'text' },
  { pathFilterIncludesFolder: true },
  { latePut: 'reject' },
  { secondPut: 'reject' },
  { crossChannelMove: 'newId' },
  { statusCase: 'upper' },
  { pendingDownloadUrl: 'empty' },
  { foreignIdStatus: 403 },
  { folderRace: 'sameId', folderRaceWindowMs: 0 },
];

/** Most histories have a few of them; every second one has a guard that so small a tree can reach. */
export function chooseSettings(random: Random): Settings {
  const some = (all: typeof DROPBOX) =>
    Object.assign({}, ...Array.from({ length: random.below(4) }, () => random.pick(all)));
  const dropbox = some(DROPBOX);
  const assembly = some(ASSEMBLY);
  const massDelete = { min: 2 + random.below(6), ratio: 0.5 };
  return {
    dropbox,
    assembly,
    ...(random.chance(0.5) ? { massDelete } : {}),
    ...(random.chance(1 / 3) ? { uploadSizes: chooseSizes(random) } : {}),
  };
}

const chooseSizes = (random: Random): UploadSizes => ({
  singleBytes: 16 + random.below(12),
  partBytes: 5 + random.below(12),
});

/** Whether Assembly lets no two objects stand at one path. */
export const isExclusive = ({ assembly }: Settings): boolean =>
  assembly?.occupiedPath === 'reject' || assembly?.occupiedPath === 'autorename';

/** Sets the switches of both simulators, and returns what sets them back. */
export async function applySettings({ sides }: Grounds, settings: Settings): Promise<() => Promise<void>> {
  const undo: (() => Promise<unknown>)[] = [];
  for (const side of ['dropbox', 'assembly'] as const) {
    const wanted = settings[side];
    if (!wanted) continue;
    const before = await ask<object>(sides[side], 'GET', '/switches');
    await ask(sides[side], 'POST', '/switches', wanted);
    undo.push(() => ask(sides[side], 'POST', '/switches', before));
  }
  return async () => {
    for (const one of undo) await one();
  };
}
