import type { AssemblySeen, Base, DropboxSeen } from '../types';

/** A file's bytes on one side against the base. `unknown`: only reading them tells. */
export type Content = 'same' | 'edited' | 'unknown';

/**
 * Hashes decide where both are known, else the rev. Never `unknown`: where Dropbox's word is not enough the file
 * counts as edited, because an edit is never deleted.
 */
export const dropboxContent = (base: Base, seen: DropboxSeen): 'same' | 'edited' => {
  if (seen.hash !== null && base.hash !== null) return seen.hash === base.hash ? 'same' : 'edited';
  const rev = base.dropbox?.rev ?? null;
  return rev !== null && rev === seen.rev ? 'same' : 'edited';
};

/**
 * A hash decides where it is known, else id with version, else size. A version of `null` is one that our own write
 * made unknown: under the same id, with a size that fits, it is that write. `unknown` comes only with a hash of
 * `null`, so reading the bytes once always ends it.
 */
export const assemblyContent = (base: Base, seen: AssemblySeen): Content => {
  if (seen.hash !== null && base.hash !== null) return seen.hash === base.hash ? 'same' : 'edited';
  if (!sizesFit(seen.size, base.size)) return 'edited';
  if (isSameVersion(base, seen)) return 'same';
  return seen.hash === null ? 'unknown' : 'edited';
};

const isSameVersion = (base: Base, seen: AssemblySeen): boolean => {
  const agreed = base.assembly;
  if (agreed === null || agreed.id !== seen.id) return false;
  return agreed.version === null || seen.version === null || agreed.version === seen.version;
};

/** Sizes that do not rule out the same bytes; an unknown one never does. */
const sizesFit = (one: number | null, other: number | null): boolean =>
  one === null || other === null || one === other;

export const isEqual = (dropbox: DropboxSeen, assembly: AssemblySeen): boolean =>
  dropbox.hash !== null && dropbox.hash === assembly.hash;

export const isKnownToDiffer = (dropbox: DropboxSeen, assembly: AssemblySeen): boolean =>
  dropbox.hash !== null && assembly.hash !== null && dropbox.hash !== assembly.hash;

/** Whether reading Assembly's bytes could show that both sides hold the same. */
export const mayBeEqual = (dropbox: DropboxSeen, assembly: AssemblySeen): boolean =>
  dropbox.hash !== null && assembly.hash === null && sizesFit(dropbox.size, assembly.size);
