import { newAccountId, newFileId } from './ids';
import type { AccountRecord, Change } from './types';

export interface AccountWish {
  readonly email: string;
  readonly name: string;
  readonly homePath?: string | undefined;
  readonly quota?: number | undefined;
}

/** A new account: on its own, or with its home as a folder of a team space. `index` keeps ids apart. */
export function newAccount(
  wish: AccountWish,
  index: number,
  at: Date,
): { record: AccountRecord; changes: Change[] } {
  const homeNs = String(1_000_001 + index * 10);
  const team = wish.homePath !== undefined;
  const record: AccountRecord = {
    id: newAccountId(),
    uid: 12_345_678 + index,
    email: wish.email,
    name: wish.name,
    type: team ? 'business' : 'basic',
    homeNs,
    rootNs: team ? String(1_000_002 + index * 10) : homeNs,
    homePath: wish.homePath ?? null,
    quota: wish.quota ?? null,
    suspended: false,
  };
  const changes: Change[] = [{ t: 'account', account: record }];
  if (wish.homePath === undefined) return { record, changes };
  const id = newFileId();
  changes.push(
    {
      t: 'mkdir',
      account: record.id,
      id,
      parent: `root:${record.id}`,
      name: wish.homePath.slice(1),
      parentDisplay: '',
      at: at.getTime(),
    },
    { t: 'namespace', account: record.id, ns: homeNs, node: id },
  );
  return { record, changes };
}
