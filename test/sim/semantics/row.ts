import type { Grounds, Sim, SimOptions } from '../sim';

/** What a person did, by the kinds that the budget of calls knows. */
export interface Made {
  readonly dropbox?: {
    readonly create?: number;
    readonly delete?: number;
    readonly rename?: number;
    readonly edit?: number;
  };
  readonly assembly?: {
    /** Anything that one look at one object tells: a new file, an edit, a rename, a deleted file. */
    readonly change?: number;
    readonly folderRename?: number;
    readonly replace?: number;
    readonly folderDelete?: number;
  };
  /** Pages of full listings that the case asks for itself. */
  readonly pages?: number;
}

/** Assembly calls that a change may cost, by where it was made. */
const BUDGET = {
  dropbox: { create: 1, delete: 2, rename: 3, edit: 3 },
  assembly: { change: 1, folderRename: 2, replace: 3, folderDelete: 3 },
} as const;

export function budgetOf({ dropbox = {}, assembly = {}, pages = 0 }: Made): number {
  const sum = (rates: Record<string, number>, counts: Record<string, number | undefined>) =>
    Object.entries(counts).reduce((total, [kind, count]) => total + (rates[kind] ?? 0) * (count ?? 0), 0);
  return sum(BUDGET.dropbox, dropbox) + sum(BUDGET.assembly, assembly) + pages;
}

/** One case of what people do, as a line of the table that docs/semantics.md shows under the same name. */
export interface Row {
  readonly name: string;
  readonly switches?: {
    readonly dropbox?: Readonly<Record<string, unknown>>;
    readonly assembly?: Readonly<Record<string, unknown>>;
  };
  readonly options?: SimOptions;
  /** Brought to rest before the case begins. */
  readonly before?: (sim: Sim, grounds: Grounds) => Promise<unknown>;
  readonly act: (sim: Sim, grounds: Grounds) => Promise<unknown>;
  /** Done on the other side: before anything is told, and in runs of its own while the first is carried out. */
  readonly meanwhile?: (sim: Sim) => Promise<unknown>;
  /** What both sides hold in the end: `folder /a`, `file /a.txt content`. */
  readonly tree: readonly string[];
  /** Lines that only one side holds, and why an item is not synced: `/path code`. */
  readonly only?: { readonly dropbox?: readonly string[]; readonly assembly?: readonly string[] };
  readonly unsyncable?: readonly string[];
  readonly state?: string;
  /** More to check, before the case is looked at in full once more. */
  readonly after?: (sim: Sim, grounds: Grounds) => Promise<unknown>;
  /** Assembly calls of the case, exactly. */
  readonly calls: number;
  /** The same with every event doubled and their order reversed, where it differs. */
  readonly mangledCalls?: number;
  /** The most that it takes where the second change comes while the first is on its way. */
  readonly inFlightCalls?: number;
  readonly made: Made;
  /** Why a case costs more than the budget of what was made. */
  readonly overBudget?: string;
  /** Why it costs more than that where the two changes cross. */
  readonly overBudgetInFlight?: string;
}
