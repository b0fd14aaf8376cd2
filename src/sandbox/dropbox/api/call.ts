import type { z } from 'zod';
import type { Body } from '../http/body';
import type { Reply } from '../http/reply';
import { namespaceOf } from '../model/account';
import { nearest, type View } from '../model/locate';
import type { AccessToken, AppRecord, TreeNode } from '../model/types';
import type { Writer } from '../model/writes';
import type { Service } from '../service';
import { parseArgs } from './args';
import { Failure, routeError } from './failure';

export type Host = 'api' | 'content' | 'notify' | 'web' | 'control';

/** One authorised call of a route. */
export interface Call {
  readonly service: Service;
  readonly route: string;
  readonly view: View;
  readonly app: AppRecord;
  readonly token: AccessToken;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes of an upload-style call. */
  readonly body: Body;
  readonly origin: string;
}

export type Style = 'rpc' | 'upload' | 'download';

/** What a handler says: a value to encode as JSON, or a whole answer. */
export type Outcome = { readonly json: unknown } | { readonly reply: Reply };

export interface Route {
  readonly host: 'api' | 'content';
  readonly style: Style;
  readonly scope: string | null;
  /** How a busy namespace is told: as 429, or as a route error. */
  readonly contention: '429' | '409';
  run(call: Call, rawArgs: unknown): Promise<Outcome>;
}

interface Definition<S extends z.ZodType> {
  readonly host?: 'api' | 'content';
  readonly style?: Style;
  readonly scope: string | null;
  readonly contention?: '429' | '409';
  readonly args: S;
  readonly run: (call: Call, args: z.infer<S>) => unknown;
}

/** A route whose arguments are checked against a schema before it runs, and whose result is JSON. */
export const defineRoute = <S extends z.ZodType>(definition: Definition<S>): Route => ({
  host: definition.host ?? 'api',
  style: definition.style ?? 'rpc',
  scope: definition.scope,
  contention: definition.contention ?? '409',
  async run(call, rawArgs) {
    const where = definition.style === undefined ? 'request body' : 'HTTP header "Dropbox-API-Arg"';
    return { json: await definition.run(call, parseArgs(call.route, where, definition.args, rawArgs)) };
  },
});

/** The same for a route that writes its own answer. */
export const defineReplyRoute = <S extends z.ZodType>(
  definition: Omit<Definition<S>, 'run'> & { run: (call: Call, args: z.infer<S>) => Promise<Reply> },
): Route => ({
  ...defineRoute({ ...definition, run: () => null }),
  async run(call, rawArgs) {
    const args = parseArgs(call.route, 'HTTP header "Dropbox-API-Arg"', definition.args, rawArgs);
    return { reply: await definition.run(call, args) };
  },
});

export function writerOf(call: Pick<Call, 'service' | 'route'>): Writer {
  const at = call.service.now();
  return {
    route: call.route,
    switches: call.service.switches(),
    now: at.getTime(),
    at,
    world: call.service.world,
  };
}

/**
 * Runs a commit as the only writer of every namespace that a target lies in. `queue` waits its turn; `hold` may be
 * refused, where the switch says so.
 */
export function exclusively<T>(
  { view, service }: Pick<Call, 'service' | 'view'>,
  targets: readonly string[],
  work: () => T | Promise<T>,
  how: 'hold' | 'queue' = 'hold',
): Promise<T> {
  const spaces = new Set(targets.map((target) => namespaceOf(view.account, nearest(view, target))));
  // Always in one order, so that two commits across the same two namespaces can't wait for each other.
  return [...spaces].sort().reduceRight<() => Promise<T>>(
    (inner, space) => () => service.locks[how](space, inner),
    async () => work(),
  )();
}

export const nodeById = (call: Pick<Call, 'view'>, id: string): TreeNode => {
  const node = call.view.account.nodes.get(id);
  if (!node) throw routeError(['other']);
  return node;
};

export const notFoundPage = (): Failure => new Failure(404, 'Not Found');
