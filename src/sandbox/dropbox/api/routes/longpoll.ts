import { z } from 'zod';
import type { Account } from '../../model/account';
import type { Service } from '../../service';
import { parseArgs } from '../args';
import { type Cursor, openCursor } from '../cursor';
import { badRequest, routeError } from '../failure';
import { rootOf, scopeOf } from '../feedPages';

const ROUTE = 'files/list_folder/longpoll';
const MAX_WAITING = 1_000;

const longpollArgs = z.strictObject({
  cursor: z.string().min(1),
  timeout: z.number().int().min(30).max(480).nullish(),
});

/** Whether the journal holds something of interest after the cursor. */
function hasNews(account: Account, cursor: Cursor, service: Service): boolean {
  const base = account.nodes.get(cursor.base) ?? account.root;
  const root = rootOf({ account, base }, cursor, service.switches());
  if (cursor.seq < account.feed.base()) throw routeError(['reset']);
  const covers = scopeOf(cursor, root);
  for (let seq = cursor.seq + 1; seq <= account.feed.last(); seq++) {
    const record = account.feed.at(seq);
    if (record && record.op !== 'break' && covers(record.path)) return true;
  }
  return false;
}

/** Waits for changes behind a cursor. Needs no authorisation. Ends early when `gone` fires. */
export async function longpoll(service: Service, rawArgs: unknown, gone: AbortSignal): Promise<unknown> {
  const args = parseArgs(ROUTE, 'request body', longpollArgs, rawArgs);
  const cursor = openCursor(service.world.secret, args.cursor);
  const account = cursor && service.world.accounts.get(cursor.account);
  if (!cursor || !account) throw badRequest(ROUTE, 'request body: cursor: the cursor is not valid');
  const { longpollBackoff, longpollJitterMs } = service.switches();
  const patience = (args.timeout ?? 30) * 1_000 + Math.floor(Math.random() * longpollJitterMs);
  const changes =
    hasNews(account, cursor, service) || (await waitForNews(service, account, cursor, patience, gone));
  return { changes, ...(longpollBackoff > 0 ? { backoff: longpollBackoff } : {}) };
}

let waiting = 0;

function waitForNews(
  service: Service,
  account: Account,
  cursor: Cursor,
  patience: number,
  gone: AbortSignal,
): Promise<boolean> {
  if (waiting >= MAX_WAITING || gone.aborted) return Promise.resolve(false);
  waiting++;
  const end = service.now().getTime() + patience;
  return new Promise<boolean>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      waiting--;
      clearTimeout(timer);
      gone.removeEventListener('abort', giveUp);
      stop();
      stopClock();
      settle();
    };
    const giveUp = (): void => finish(() => resolve(false));
    const timer = setTimeout(giveUp, patience);
    // A clock that is moved on ends the wait as the time would have.
    const stopClock = service.onClock(() => {
      if (service.now().getTime() >= end) giveUp();
    });
    gone.addEventListener('abort', giveUp, { once: true });
    const stop = service.onChange((changed) => {
      if (changed !== account) return;
      try {
        if (hasNews(account, cursor, service)) finish(() => resolve(true));
      } catch (error) {
        finish(() => reject(error));
      }
    });
  });
}
