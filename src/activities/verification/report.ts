export type DifferenceKind =
  | 'only_on_dropbox'
  | 'only_on_assembly'
  | 'only_in_rows'
  | 'no_row'
  | 'object'
  | 'spelling'
  | 'size'
  | 'content'
  | 'id'
  | 'rev'
  | 'pending'
  | 'unplanned'
  | 'duplicate'
  | 'changed_meanwhile';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly path: string;
  readonly detail: string;
}

export interface VerifyReport {
  /** Nothing differs; unsyncable items are said apart and do not count. */
  readonly same: boolean;
  readonly checked: {
    readonly rows: number;
    readonly dropbox: number;
    readonly assembly: number;
    readonly bytesHashed: number;
  };
  /** All of them, also where the list is cut. */
  readonly differenceCount: number;
  readonly differences: readonly Difference[];
  readonly unsyncableCount: number;
  readonly unsyncable: readonly { readonly path: string; readonly code: string }[];
  /** Objects on Assembly that wait for their bytes: nobody's difference yet. */
  readonly incompleteOnAssembly: number;
}

/** A person reads the first thousand; the count tells of the rest. */
const MAX_LISTED = 1_000;

export interface ReportBuilder {
  count(what: 'rows' | 'dropbox' | 'assembly'): void;
  hashed(bytes: number): void;
  differs(kind: DifferenceKind, path: string, detail: string): void;
  unsyncable(path: string, code: string): void;
  incomplete(): void;
  finish(): VerifyReport;
}

export function createReport(): ReportBuilder {
  const checked = { rows: 0, dropbox: 0, assembly: 0, bytesHashed: 0 };
  const differences: Difference[] = [];
  const unsyncable: { path: string; code: string }[] = [];
  let differenceCount = 0;
  let unsyncableCount = 0;
  let incompleteOnAssembly = 0;
  return {
    count(what) {
      checked[what] += 1;
    },
    hashed(bytes) {
      checked.bytesHashed += bytes;
    },
    differs(kind, path, detail) {
      differenceCount += 1;
      if (differences.length < MAX_LISTED) differences.push({ kind, path, detail });
    },
    unsyncable(path, code) {
      unsyncableCount += 1;
      if (unsyncable.length < MAX_LISTED) unsyncable.push({ path, code });
    },
    incomplete() {
      incompleteOnAssembly += 1;
    },
    finish: () => ({
      same: differenceCount === 0,
      checked,
      differenceCount,
      differences,
      unsyncableCount,
      unsyncable,
      incompleteOnAssembly,
    }),
  };
}
