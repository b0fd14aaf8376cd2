import { z } from 'zod';
import { parseJson } from '../api/authorise';
import { exclusively } from '../api/call';
import { Failure, RouteError } from '../api/failure';
import type { CallLog } from '../callLog';
import type { Faults } from '../faults';
import { readAll } from '../http/body';
import { jsonReply, type Reply, textReply } from '../http/reply';
import type { Account } from '../model/account';
import { namespaceNode } from '../model/account';
import { BodyTooLarge } from '../model/blobs';
import type { View } from '../model/locate';
import type { Writer } from '../model/writes';
import type { ControlRequest } from '../server';
import type { Service } from '../service';
import type { Webhooks } from '../webhooks';

const MAX_JSON = 8 * 1024 * 1024;

export interface ControlParts {
  readonly service: Service;
  readonly faults: Faults;
  readonly log: CallLog;
  readonly webhooks: () => Webhooks;
  readonly appKey: string;
}

export type ControlHandler = (parts: ControlParts, request: ControlRequest) => Promise<Reply>;

/** Who acts and where paths begin; every control call may say so. */
export const actor = { account: z.string().optional(), space: z.enum(['home', 'root']).optional() };

export interface Actor {
  readonly account?: string | undefined;
  readonly space?: 'home' | 'root' | undefined;
}

/** The account named, otherwise the first one. */
export function accountOf({ service }: ControlParts, wanted: string | undefined): Account {
  const { accounts } = service.world;
  const account = wanted === undefined ? accounts.values().next().value : accounts.get(wanted);
  if (!account) throw new Failure(404, { error: `no account ${wanted ?? ''}` });
  return account;
}

/** What the person sees: the home folder, or the whole team space. */
export function viewOf(parts: ControlParts, { account: wanted, space }: Actor): View {
  const account = accountOf(parts, wanted);
  const home = namespaceNode(account, account.record.homeNs) ?? account.root;
  return { account, base: space === 'root' ? account.root : home };
}

export function writerOf({ service }: ControlParts): Writer {
  const at = service.now();
  return {
    route: 'control',
    world: service.world,
    at,
    now: at.getTime(),
    switches: { ...service.switches(), consistencyWindowMs: 0 },
  };
}

/** A change by a person, as the only writer of the namespaces that the targets lie in: it can't be refused. */
export const asPerson = <T>(
  { service }: ControlParts,
  view: View,
  targets: readonly string[],
  work: () => T,
): Promise<T> => exclusively({ service, view }, targets, work, 'queue');

/** A handler with a JSON body, checked against a schema; its result is the JSON answer. */
export const withBody =
  <S extends z.ZodType>(schema: S, run: (parts: ControlParts, body: z.infer<S>) => unknown): ControlHandler =>
  async (parts, request) => {
    const text = (await readAll(request.body, MAX_JSON)).toString('utf8');
    const parsed = schema.safeParse(text === '' ? {} : parseJson(text));
    if (!parsed.success) throw new Failure(400, { error: z.prettifyError(parsed.error) });
    return jsonReply((await run(parts, parsed.data)) ?? { ok: true });
  };

/** A handler whose arguments stand in the query. */
export const withQuery =
  <S extends z.ZodType>(
    schema: S,
    run: (parts: ControlParts, query: z.infer<S>, request: ControlRequest) => Promise<Reply> | Reply,
  ): ControlHandler =>
  async (parts, request) => {
    const parsed = schema.safeParse(Object.fromEntries(request.query));
    if (!parsed.success) throw new Failure(400, { error: z.prettifyError(parsed.error) });
    return run(parts, parsed.data, request);
  };

/** The answer for a failed control call; a defect is thrown on. */
export function controlRefusal(error: unknown): Reply {
  if (error instanceof Failure) {
    return typeof error.body === 'string'
      ? textReply(error.body, error.status)
      : jsonReply(error.body, error.status);
  }
  if (error instanceof RouteError) return jsonReply({ error: error.message }, 409);
  if (error instanceof BodyTooLarge) return jsonReply({ error: 'the body is too large' }, 413);
  throw error;
}
