import type { PlanInput } from '../../../src/domain/plan';

/**
 * The input with both sides exchanged, or `null` where the table itself is not symmetric: Assembly's hash is not
 * known, a name only one side refuses, a file Dropbox does not hand out, two moves or two versions (Dropbox's name
 * wins), two spellings, or a folder's pending move (only Dropbox moves folders whole).
 */
export const mirrored = (input: PlanInput): PlanInput | null => {
  const { object, base, dropbox, assembly, placed } = input;
  if (dropbox?.downloadable === false || base?.hash === null) return null;
  if (object === 'file' && assembly !== null && assembly.hash === null) return null;
  const paths = [input.itemPath, dropbox?.path, assembly?.path, base?.dropbox?.path, base?.assembly?.path];
  if (paths.some((path) => path !== undefined && !/^\/[abpqxy/]+$/.test(path))) return null;
  if (placed.dropbox !== (dropbox?.path ?? null) || placed.assembly !== (assembly?.path ?? null)) return null;
  if (base === null && dropbox !== null && assembly !== null && dropbox.path !== assembly.path) return null;
  if (hasMoved(base?.dropbox, dropbox) && hasMoved(base?.assembly, assembly)) return null;
  if (dropbox !== null && assembly !== null && needsTwoMoves(input)) return null;
  return {
    ...input,
    base: base && {
      ...base,
      dropbox: base.assembly && {
        id: base.assembly.id,
        path: base.assembly.path,
        rev: base.assembly.version,
      },
      assembly: base.dropbox && { id: base.dropbox.id, path: base.dropbox.path, version: base.dropbox.rev },
    },
    dropbox: assembly && { ...withoutVersion(assembly), rev: assembly.version, downloadable: true },
    assembly: dropbox && { ...withoutRev(dropbox), version: dropbox.rev },
    placed: { dropbox: placed.assembly, assembly: placed.dropbox },
  };
};

const hasMoved = (agreed: { path: string } | null | undefined, seen: { path: string } | null): boolean =>
  agreed != null && seen !== null && agreed.path !== seen.path;

/** Both away from where the item is to live: which goes first is a choice, and Dropbox goes first. */
const needsTwoMoves = ({ itemPath, dropbox, assembly }: PlanInput): boolean =>
  dropbox?.path !== itemPath && assembly?.path !== itemPath;

const withoutVersion = ({ version: _, ...seen }: NonNullable<PlanInput['assembly']>) => seen;
const withoutRev = ({ rev: _, downloadable: __, ...seen }: NonNullable<PlanInput['dropbox']>) => seen;
