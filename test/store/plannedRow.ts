import type { PlannedRow } from '../../src/store/planning';

/** What a plan writes on an item at a path that owes nothing. */
export const plannedRow = (id: string, path: string): PlannedRow => ({
  id,
  item_path: path,
  path_key: path,
  pinned: false,
  conflict_copy: false,
  action: null,
  target: null,
  rule: 1,
  error_code: null,
  error_message: null,
  closed: false,
  advance: false,
});
