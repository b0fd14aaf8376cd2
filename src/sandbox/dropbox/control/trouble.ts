import { z } from 'zod';
import { Failure } from '../api/failure';
import { faultRuleSchema } from '../faults';
import { jsonReply } from '../http/reply';
import { putRecord } from '../model/applyTree';
import { find } from '../model/locate';
import { foldName } from '../model/names';
import { displayPath, keyPath } from '../model/tree';
import type { Change, FeedRecord } from '../model/types';
import { switchesSchema } from '../switches';
import { webhookSettingsSchema } from '../webhooks';
import { accountOf, actor, type ControlHandler, viewOf, withBody, writerOf } from './route';

const BREAK: FeedRecord = { op: 'break', path: '', display: '' };

/** Puts things into the feed that really happen but can't be brought about on purpose. */
const feed = withBody(
  z.strictObject({
    ...actor,
    /**
     * `tombstone`: a deleted entry for `path`, true or stale. `touch`: the object at `path` once more, which also
     * puts a parent after its child. `pages`: `count` page ends in a row, so all but the first page are empty.
     * `reset`: every cursor dies.
     */
    action: z.enum(['tombstone', 'touch', 'pages', 'reset']),
    path: z.string().startsWith('/').optional(),
    count: z.number().int().min(1).max(1_000).default(1),
  }),
  (parts, body) => {
    const view = viewOf(parts, body);
    const account = view.account.record.id;
    const needed = (): string => {
      if (body.path === undefined) throw new Failure(400, { error: `path: ${body.action} needs one` });
      return body.path;
    };
    const actions: Record<typeof body.action, () => Change> = {
      tombstone: () => {
        const target = needed();
        const key = keyPath(view.base) + target.split('/').map(foldName).join('/');
        const display = `${displayPath(view.base)}${target}`;
        return { t: 'feed', account, records: [{ op: 'del', path: key, display, forced: true }] };
      },
      touch: () => ({
        t: 'feed',
        account,
        records: [putRecord(find(view, needed(), writerOf(parts)))],
      }),
      pages: () => ({ t: 'feed', account, records: Array.from({ length: body.count }, () => BREAK) }),
      reset: () => ({ t: 'feedReset', account }),
    };
    parts.service.commit([actions[body.action]()]);
  },
);

/** `set` is absolute, `advanceMs` moves on from where the clock is now. */
const clock = withBody(
  z.union([
    z.strictObject({ set: z.iso.datetime() }),
    z.strictObject({ advanceMs: z.number().int() }),
    z.strictObject({ offsetMs: z.number().int() }),
  ]),
  ({ service }, body) => {
    const real = service.now().getTime() - service.clockOffset();
    if ('set' in body) service.setClockOffset(Date.parse(body.set) - real);
    else if ('offsetMs' in body) service.setClockOffset(body.offsetMs);
    else service.setClockOffset(service.clockOffset() + body.advanceMs);
    return { now: service.now().toISOString() };
  },
);

const webhooks = withBody(
  z.strictObject({ ...webhookSettingsSchema.partial().shape, verify: z.boolean().default(false) }),
  async (parts, { verify, ...changed }) => {
    const hooks = parts.webhooks();
    const target = changed.url ?? hooks.settings().url ?? undefined;
    if (verify && !(await hooks.verify(target, changed.timeoutMs))) {
      throw new Failure(409, {
        error: `the challenge was not echoed by ${target ?? 'any target'}: not registered`,
      });
    }
    hooks.configure(Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)));
    return hooks.settings();
  },
);

export const troubleRoutes: Readonly<Record<string, ControlHandler>> = {
  'POST /feed': feed,
  'POST /clock': clock,
  'POST /webhooks': webhooks,
  'GET /webhooks': async (parts) =>
    jsonReply({ settings: parts.webhooks().settings(), stats: parts.webhooks().stats() }),
  'POST /webhooks/verify': async (parts) => jsonReply({ verified: await parts.webhooks().verify() }),
  'POST /webhooks/poke': withBody(z.strictObject({ account: z.string().optional() }), (parts, body) =>
    parts.webhooks().poke(accountOf(parts, body.account)),
  ),
  'GET /faults': async ({ faults }) => jsonReply({ rules: faults.list() }),
  'POST /faults': withBody(
    z.strictObject({ rules: z.array(faultRuleSchema).max(1_000) }),
    ({ faults }, { rules }) => faults.add(rules),
  ),
  'DELETE /faults': async ({ faults }) => {
    faults.clear();
    return jsonReply({ ok: true });
  },
  'GET /switches': async ({ service }) => jsonReply(service.switches()),
  'POST /switches': withBody(switchesSchema.partial(), ({ service }, changed) => {
    service.setSwitches(changed);
    return service.switches();
  }),
  'POST /authorize': withBody(
    z.strictObject({ auto: z.enum(['allow', 'deny']).nullable() }),
    ({ service }, { auto }) => {
      service.autoAuthorize = auto;
    },
  ),
};
