export type Rule = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14;

export interface RuleEntry {
  readonly rule: Rule;
  /** Dropbox's state, then Assembly's: `=` same, `E` edited, `M` moved, `X` gone, `N` new, `-` never there. */
  readonly states: string;
  readonly plan: string;
}

/**
 * The table of the plan. Rule 13 never comes out of `plan()`: one item is one type for life, so a file where a folder
 * was is two items, one that goes and one that comes.
 */
export const RULES = [
  { rule: 1, states: '= , =', plan: 'nothing' },
  { rule: 2, states: 'N , - or - , N', plan: 'create on the other side' },
  { rule: 3, states: 'N , N at one path', plan: 'same bytes: link, no transfer; otherwise keep both (5)' },
  { rule: 4, states: 'E , = or = , E', plan: 'update the other side' },
  {
    rule: 5,
    states: 'E , E',
    plan: "same bytes: advance the base; otherwise keep both: Dropbox's version keeps the name, Assembly's gets a conflict name",
  },
  { rule: 6, states: 'M , = or = , M', plan: 'move the other side' },
  { rule: 7, states: 'M , M', plan: "same target: advance the base; otherwise Dropbox's name wins" },
  { rule: 8, states: 'M on one, E on the other', plan: 'both compose: content from E, path from M' },
  { rule: 9, states: 'X , = or = , X', plan: 'delete on the other side, against the observed version' },
  { rule: 10, states: 'X , X', plan: 'close the item' },
  {
    rule: 11,
    states: 'X on one, E or M on the other',
    plan: 'the change beats the delete: recreate where it was deleted',
  },
  {
    rule: 12,
    states: 'folder X, with a changed or new descendant on the other side',
    plan: 'the folder stays for those; the rest goes',
  },
  {
    rule: 13,
    states: 'file where a folder was, or the other way round',
    plan: 'delete the old item, then create the new one',
  },
  {
    rule: 14,
    states: "a name, type or size the target can't hold",
    plan: "unsyncable with the reason; the target's old copy stays; cleared by the next change at the source",
  },
] as const satisfies readonly RuleEntry[];
