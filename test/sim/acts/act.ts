/** How often people do each thing, against the others. */
export type Weights = Readonly<Partial<Record<Act, number>>>;

/** Files and folders are created, edited, renamed, moved, swapped, deleted and restored, on both sides. */
export const PLAIN_ACTS = {
  create: 14,
  edit: 14,
  replace: 6,
  rename: 10,
  move: 10,
  swap: 3,
  remove: 10,
  removeFolder: 4,
  folder: 5,
  nested: 5,
  changeType: 3,
  restore: 3,
  restoreFolder: 2,
  twins: 4,
  empty: 2,
} as const;

/** The same with names that the sides do not tell apart, or refuse. Pinned seeds are of these: another weight, another history. */
export const DAILY_ACTS = {
  create: 14,
  edit: 14,
  replace: 6,
  rename: 10,
  move: 10,
  renameCase: 3,
  swap: 3,
  remove: 10,
  removeFolder: 4,
  folder: 5,
  nested: 5,
  changeType: 3,
  restore: 3,
  twins: 4,
  empty: 2,
  refused: 2,
  collide: 1,
} as const;

/** All that people do. */
export const ALL_ACTS = {
  ...DAILY_ACTS,
  unicode: 4,
  reform: 2,
  otherCase: 4,
  deep: 1,
  restoreFolder: 3,
  moveOut: 4,
  moveIn: 4,
  share: 2,
  unshare: 2,
  unreadable: 2,
  root: 4,
  link: 3,
  begin: 4,
  complete: 4,
  removeMany: 1,
  undoMany: 2,
} as const;
export type Act = keyof typeof ALL_ACTS;
