import { conflictName } from '../../../src/domain/names';
import { joinPath, nameOf, parentOf, rebase } from '../../../src/domain/paths';
import { type Decision, type PlanInput, plan } from '../../../src/domain/plan';
import type { AssemblySeen, Base, DropboxSeen, ItemPath, Side } from '../../../src/domain/types';

/** A folder's move that one side still has to carry out; the other side and the goals are past it already. */
export interface PendingFolder {
  readonly side: Side;
  readonly from: ItemPath;
  readonly to: ItemPath;
}

/** One item as the plan sees it, with the bytes that are truly there. */
export interface WorldItem {
  readonly input: PlanInput;
  readonly bytes: Readonly<Record<Side, string | null>>;
  readonly folder: PendingFolder | null;
}

/** How much an operation's outcome tells the base: all that was observed, or only what it touched. */
export type Settling = 'whole' | 'narrow';

export interface Run {
  readonly ended: readonly { readonly item: WorldItem; readonly decision: Decision }[];
  readonly decisions: readonly Decision[];
}

/** The longest way to rest is reading, splitting, two creates, two moves and agreeing. */
const MAX_STEPS = 12;

/** Plans and carries out until every item rests. Throws when that takes more than a dozen steps. */
export const runToRest = (start: WorldItem, settling: Settling): Run => {
  const decisions: Decision[] = [];
  const ended: { item: WorldItem; decision: Decision }[] = [];
  const open = [start];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const decision = plan(item.input);
    decisions.push(decision);
    if (decisions.length > MAX_STEPS) throw new Error(`never rests: ${JSON.stringify(decisions)}`);
    const next = carryOut(item, decision, settling);
    if (next.length === 0) ended.push({ item, decision });
    open.push(...next);
  }
  return { ended, decisions };
};

const carryOut = (item: WorldItem, decision: Decision, settling: Settling): WorldItem[] => {
  switch (decision.do) {
    case 'nothing':
    case 'close':
    case 'unite':
    case 'unsyncable':
      return [];
    case 'advance':
      return [look(item, { itemPath: decision.path, base: agreement(item.input) })];
    case 'compare':
      return [look(item, { assembly: { ...present(item.input.assembly), hash: item.bytes.assembly } })];
    case 'keepBoth':
      return split(item, decision.path, settling);
    case 'operate':
      return [operate(item, decision, settling)];
  }
};

type Operation = Extract<Decision, { do: 'operate' }>;

const operate = (item: WorldItem, { action, target, path }: Operation, settling: Settling): WorldItem => {
  const { input } = item;
  if (action === 'delete') {
    return look({ ...item, bytes: { ...item.bytes, [target]: null } }, { [target]: null });
  }
  const source: Side = target === 'dropbox' ? 'assembly' : 'dropbox';
  const bytes = action === 'move' ? item.bytes[target] : item.bytes[source];
  const seen =
    target === 'dropbox'
      ? writtenOnDropbox(input, path, bytes)
      : writtenOnAssembly(input, path, bytes, action);
  const after = look(
    { ...item, bytes: { ...item.bytes, [target]: bytes } },
    { [target]: seen, itemPath: path },
  );
  const base = settling === 'whole' ? agreement(after.input) : touched(input, after.input, target, action);
  return look(after, { base: action === 'move' ? movedBase(input, base, target) : base });
};

const writtenOnDropbox = (input: PlanInput, path: ItemPath, bytes: string | null): DropboxSeen => ({
  id: input.dropbox?.id ?? 'id:new',
  path,
  object: input.object,
  rev: bytes && `rev of ${bytes}`,
  size: sizeOf(bytes),
  hash: bytes,
  downloadable: input.dropbox?.downloadable ?? true,
});

const writtenOnAssembly = (
  input: PlanInput,
  path: ItemPath,
  bytes: string | null,
  action: Operation['action'],
): AssemblySeen => ({
  id: `${action} of ${input.assembly?.id ?? 'nothing'}`,
  path,
  object: input.object,
  version: null,
  size: sizeOf(bytes),
  hash: action === 'move' ? (input.assembly?.hash ?? null) : bytes,
});

/** A move agrees on no content: what the base knows of it stays, also where the path comes from a fresh look. */
const movedBase = (before: PlanInput, base: Base, target: Side): Base => {
  const old = before.base;
  return {
    hash: old?.hash ?? null,
    size: old?.size ?? null,
    dropbox: base.dropbox && { ...base.dropbox, rev: old?.dropbox?.rev ?? null },
    assembly:
      base.assembly && target === 'dropbox' && old?.assembly
        ? { ...old.assembly, path: base.assembly.path }
        : base.assembly,
  };
};

const agreement = ({ base, dropbox, assembly }: PlanInput): Base => ({
  hash: dropbox?.hash ?? assembly?.hash ?? base?.hash ?? null,
  size: dropbox?.size ?? assembly?.size ?? base?.size ?? null,
  dropbox: dropbox && { id: dropbox.id, path: dropbox.path, rev: dropbox.rev },
  assembly: assembly && { id: assembly.id, path: assembly.path, version: assembly.version },
});

/** The base of the other side keeps its path, and after a move all else of it too. */
const touched = (before: PlanInput, after: PlanInput, target: Side, action: Operation['action']): Base => {
  const whole = agreement(after);
  const source: Side = target === 'dropbox' ? 'assembly' : 'dropbox';
  const old = before.base?.[source];
  if (!old) return whole;
  const kept = action === 'move' ? old : { ...whole[source], path: old.path };
  return { ...whole, [source]: kept };
};

const split = (item: WorldItem, path: ItemPath, settling: Settling): WorldItem[] => {
  const { input, bytes } = item;
  const name = conflictName(nameOf(path), new Date('2026-11-23T00:00:00Z'), 1);
  const original = look(
    { ...item, bytes: { ...bytes, assembly: null } },
    { assembly: null, itemPath: path, base: settling === 'whole' ? null : input.base },
  );
  const copy = look(
    { ...item, bytes: { ...bytes, dropbox: null } },
    { dropbox: null, base: null, pinned: true, itemPath: joinPath(parentOf(path), name) },
  );
  return [original, copy];
};

/** The item with something changed, and its places worked out anew. */
export const look = (item: WorldItem, change: Partial<PlanInput>): WorldItem => {
  const input = { ...item.input, ...change };
  return {
    ...item,
    input: {
      ...input,
      placed: { dropbox: placeOf(item, input, 'dropbox'), assembly: placeOf(item, input, 'assembly') },
    },
  };
};

const placeOf = ({ folder }: WorldItem, input: PlanInput, side: Side): ItemPath | null => {
  const path = input[side]?.path ?? null;
  return path !== null && folder?.side === side ? rebase(path, folder.from, folder.to) : path;
};

const SIZES: Readonly<Record<string, number>> = { h0: 10, h1: 10, h2: 12 };

/** `h0` and `h1` are of one size, so that only the bytes tell them apart. `null` for a folder. */
export const sizeOf = (bytes: string | null): number | null =>
  bytes === null ? null : (SIZES[bytes] ?? null);

const present = <T>(seen: T | null): T => {
  if (seen === null) throw new Error('only what is there can be read');
  return seen;
};
