import { type Call, queryValue } from '../http/call';
import { refusal } from '../http/refusal';
import { json, type Reply } from '../http/reply';
import type { Sandbox } from '../sandbox';
import { decodeToken, encodeToken, type PageToken } from './tokens';

const DEFAULT_LIMIT = 100;

/** How many objects the caller gets at most. Refuses with 400 what is no positive whole number. */
export const pageLimit = (sandbox: Sandbox, call: Call, max: number): number => {
  const asked = queryValue(call, 'limit');
  if (asked === undefined) return Math.min(DEFAULT_LIMIT, max);
  const limit = Number(asked);
  if (!Number.isSafeInteger(limit) || limit < 1) throw refusal(400, 'limit must be a positive whole number');
  if (limit > max && sandbox.switches.overLimit === 'reject')
    throw refusal(400, `limit must not exceed ${max}`);
  return Math.min(limit, max);
};

export const readToken = (sandbox: Sandbox, call: Call, list: string): PageToken | null => {
  const sent = queryValue(call, 'nextToken');
  const { nextTokenLifetimeMs } = sandbox.switches;
  return sent === undefined ? null : decodeToken(sent, list, sandbox.clock.ms(), nextTokenLifetimeMs);
};

/** `next` undefined: the list ends here, and the answer has no token. */
export const pageReply = (
  sandbox: Sandbox,
  list: string,
  data: readonly Record<string, unknown>[],
  next: PageToken['after'] | undefined,
): Reply =>
  json({
    data: data.length === 0 && sandbox.switches.nullLists ? null : data,
    ...(next === undefined ? {} : { nextToken: encodeToken({ list, after: next, at: sandbox.clock.ms() }) }),
  });

/** A page of records in the order in which they were made. */
export const recordsReply = <T extends { readonly seq: number }>(
  sandbox: Sandbox,
  call: Call,
  list: string,
  records: readonly T[],
  view: (record: T) => Record<string, unknown>,
): Reply => {
  const limit = pageLimit(sandbox, call, sandbox.switches.maxLimit);
  const after = readToken(sandbox, call, list)?.after ?? 0;
  const rest = records.filter((record) => record.seq > Number(after)).sort((a, b) => a.seq - b.seq);
  const page = rest.slice(0, limit);
  return pageReply(sandbox, list, page.map(view), rest.length > limit ? page.at(-1)?.seq : undefined);
};
