import fc from 'fast-check';
import { rebase } from '../../../src/domain/paths';
import type { PlanInput } from '../../../src/domain/plan';
import type { AssemblySeen, Base, DropboxSeen, ObjectKind } from '../../../src/domain/types';
import { look, type PendingFolder, sizeOf, type WorldItem } from './planWorld';

const WILD_PATHS = [
  '',
  '/',
  '/a',
  '/A',
  '/\u00e9',
  '/e\u0301',
  '/p/x',
  '/p/X',
  '/q/x',
  '/a=b',
  '/a\\b',
  '/..',
  '/\ud800',
];
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const wildPath = fc.oneof(fc.constantFrom(...WILD_PATHS), fc.string({ unit: 'binary', maxLength: 8 }));
const hash = orNull(fc.constantFrom('h0', 'h1', 'h2'));
const wildSize = orNull(fc.constantFrom(0, 10, 12, 5 * 1024 ** 3 + 1, Number.MAX_SAFE_INTEGER));
const object = fc.constantFrom<ObjectKind>('file', 'folder');
const rev = orNull(fc.constantFrom('r0', 'r1'));
const version = orNull(fc.constantFrom('v0', 'v1'));

/** Anything the type allows, coherent or not. */
export const anyInput: fc.Arbitrary<PlanInput> = fc.record({
  object,
  itemPath: wildPath,
  pinned: fc.boolean(),
  base: orNull(
    fc.record({
      hash,
      size: wildSize,
      dropbox: orNull(fc.record({ id: fc.constantFrom('d0', 'd1'), path: wildPath, rev })),
      assembly: orNull(fc.record({ id: fc.constantFrom('a0', 'a1'), path: wildPath, version })),
    }),
  ),
  dropbox: orNull(
    fc.record({
      id: fc.constantFrom('d0', 'd1'),
      path: wildPath,
      object,
      rev,
      size: wildSize,
      hash,
      downloadable: fc.boolean(),
    }),
  ),
  assembly: orNull(
    fc.record({ id: fc.constantFrom('a0', 'a1'), path: wildPath, object, version, size: wildSize, hash }),
  ),
  placed: fc.record({ dropbox: orNull(wildPath), assembly: orNull(wildPath) }),
  occupied: fc.boolean(),
});

const bytes = fc.constantFrom('h0', 'h1', 'h2');
const path = fc.constantFrom('/a', '/A', '/b', '/p/x', '/p/y', '/P/x', '/q/x', '/a=b', '/a\\b');
const mostly = (chance: number): fc.Arbitrary<boolean> =>
  fc.integer({ min: 0, max: chance }).map((n) => n > 0);

/** A file whose rev tells its bytes; the agreed bytes are always `h0`. */
const fileOnDropbox: fc.Arbitrary<DropboxSeen & { bytes: string }> = fc
  .record({ bytes, path, id: fc.constantFrom('d0', 'd1'), touched: fc.boolean(), downloadable: mostly(9) })
  .map(({ bytes, touched, downloadable, ...rest }) => ({
    ...rest,
    bytes,
    object: 'file',
    rev: touched ? `rev again of ${bytes}` : `rev of ${bytes}`,
    size: sizeOf(bytes),
    hash: downloadable ? bytes : null,
    downloadable,
  }));

/** Under the agreed id, the agreed version and an unknown one stand for the agreed bytes only. */
const fileOnAssembly: fc.Arbitrary<AssemblySeen & { bytes: string }> = fc
  .record({ bytes, path, id: fc.constantFrom('a0', 'a1'), known: fc.boolean(), sized: mostly(5), version })
  .map(({ known, sized, version, ...rest }) => ({
    ...rest,
    object: 'file',
    version: rest.bytes === 'h0' || rest.id !== 'a0' ? version : 'v1',
    size: sized ? sizeOf(rest.bytes) : null,
    hash: known ? rest.bytes : null,
  }));

const fileBase: fc.Arbitrary<Base> = fc
  .record({
    hashed: mostly(5),
    sized: mostly(5),
    dropboxPath: path,
    assemblyPath: path,
    spelled: fc.boolean(),
  })
  .map(({ hashed, sized, dropboxPath, assemblyPath, spelled }) => ({
    hash: hashed ? 'h0' : null,
    size: sized ? 10 : null,
    dropbox: { id: 'd0', path: dropboxPath, rev: 'rev of h0' },
    assembly: { id: 'a0', path: spelled ? assemblyPath : dropboxPath, version: 'v0' },
  }));

const folder: fc.Arbitrary<PendingFolder | null> = orNull(
  fc.record({
    side: fc.constantFrom('dropbox' as const, 'assembly' as const),
    from: fc.constant('/p'),
    to: fc.constant('/q'),
  }),
);

const common = { itemPath: path, pinned: mostly(4).map((not) => !not), folder };

export const fileWorld: fc.Arbitrary<WorldItem> = fc
  .record({
    ...common,
    base: orNull(fileBase),
    dropbox: orNull(fileOnDropbox),
    assembly: orNull(fileOnAssembly),
  })
  .map(({ dropbox, assembly, ...rest }) =>
    assemble({
      ...rest,
      object: 'file',
      occupied: false,
      dropbox: dropbox && withoutBytes(dropbox),
      assembly: assembly && withoutBytes(assembly),
      bytes: { dropbox: dropbox?.bytes ?? null, assembly: assembly?.bytes ?? null },
    }),
  );

const withoutBytes = <T extends { bytes: string }>({ bytes: _, ...seen }: T): Omit<T, 'bytes'> => seen;

const folderSeen = fc.record({ path, id: fc.constantFrom('0', '1') });

export const folderWorld: fc.Arbitrary<WorldItem> = fc
  .record({
    ...common,
    base: orNull(fc.record({ dropbox: orNull(folderSeen), assembly: orNull(folderSeen) })),
    dropbox: orNull(folderSeen),
    assembly: orNull(folderSeen),
    occupied: fc.boolean(),
  })
  .map(({ base, dropbox, assembly, ...rest }) =>
    assemble({
      ...rest,
      object: 'folder',
      base: base && {
        hash: null,
        size: null,
        dropbox: base.dropbox && { ...base.dropbox, rev: null },
        assembly: base.assembly && { ...base.assembly, version: null },
      },
      dropbox: dropbox && {
        ...dropbox,
        object: 'folder',
        rev: null,
        size: null,
        hash: null,
        downloadable: true,
      },
      assembly: assembly && { ...assembly, object: 'folder', version: null, size: null, hash: null },
      bytes: { dropbox: null, assembly: null },
    }),
  );

type Parts = Omit<PlanInput, 'placed'> & Pick<WorldItem, 'bytes' | 'folder'>;

/** Where a folder's move is pending on one side, the other side and the goal are past it already. */
const assemble = ({ bytes, folder, ...parts }: Parts): WorldItem => {
  const past = (at: string): string => (folder === null ? at : rebase(at, folder.from, folder.to));
  const { dropbox, assembly } = parts;
  const input = {
    ...parts,
    itemPath: past(parts.itemPath),
    dropbox: dropbox && (folder?.side === 'dropbox' ? dropbox : { ...dropbox, path: past(dropbox.path) }),
    assembly:
      assembly && (folder?.side === 'assembly' ? assembly : { ...assembly, path: past(assembly.path) }),
    placed: { dropbox: null, assembly: null },
  };
  return look({ input, bytes, folder }, {});
};
