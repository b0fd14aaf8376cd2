import { z } from 'zod';
import { mergeDeliveryConfig } from '../events/deliveryConfig';
import { faultRuleSchema } from '../faults';
import { type Asked, readJson } from '../http/call';
import { json, type Reply } from '../http/reply';
import type { Sandbox } from '../sandbox';
import { mergeSwitches } from '../switches';
import { bodyOf, merged, queryOf } from './input';
import type { ControlRoute } from './route';

const logQuery = z.object({ since: z.coerce.number().int().min(0).default(0) });
const faultsBody = z.strictObject({ rules: z.array(faultRuleSchema).max(1000) });
/** Exactly one of them: a jump from where the clock is, a distance from real time, or a point in time. */
const clockBody = z.union([
  z.strictObject({ advanceMs: z.number().int() }),
  z.strictObject({ offsetMs: z.number().int() }),
  z.strictObject({ now: z.iso.datetime({ offset: true }) }),
]);

const setClock = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const body = await bodyOf(call, clockBody);
  const { clock } = sandbox;
  if ('advanceMs' in body) clock.setOffset(clock.offset() + body.advanceMs);
  else if ('offsetMs' in body) clock.setOffset(body.offsetMs);
  else clock.setOffset(clock.offset() + Date.parse(body.now) - clock.ms());
  return json({ now: clock.iso(), offsetMs: clock.offset() });
};

const setSwitches = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const patch = await readJson(call);
  sandbox.switches = merged(() => mergeSwitches(sandbox.switches, patch));
  return json(sandbox.switches);
};

const addFaults = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { rules } = await bodyOf(call, faultsBody);
  sandbox.faults.add(rules);
  return json({ rules: sandbox.faults.rules() });
};

const clearFaults = (sandbox: Sandbox): Reply => {
  sandbox.faults.clear();
  return json({ rules: [] });
};

/** Without secrets: whoever asks has none to check. */
const webhookStatus = (sandbox: Sandbox): Reply => {
  const { secret, ...config } = sandbox.delivery.config();
  return json({ ...config, signed: secret !== null, ...sandbox.delivery.status() });
};

const setWebhooks = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const patch = await readJson(call);
  sandbox.delivery.configure(merged(() => mergeDeliveryConfig(sandbox.delivery.config(), patch)));
  return webhookStatus(sandbox);
};

export const simulationControl: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/log',
    handle: (sandbox, call) => json({ calls: sandbox.log.since(queryOf(call, logQuery).since) }),
  },
  { method: 'GET', path: '/counts', handle: (sandbox) => json(sandbox.log.counts()) },
  {
    method: 'POST',
    path: '/reset-log',
    handle: (sandbox) => {
      sandbox.log.reset();
      return json({});
    },
  },
  { method: 'POST', path: '/faults', handle: addFaults },
  { method: 'GET', path: '/faults', handle: (sandbox) => json({ rules: sandbox.faults.rules() }) },
  { method: 'DELETE', path: '/faults', handle: clearFaults },
  { method: 'POST', path: '/webhooks', handle: setWebhooks },
  { method: 'GET', path: '/webhooks', handle: webhookStatus },
  {
    method: 'POST',
    path: '/webhooks/redeliver',
    handle: (sandbox) => json({ sent: sandbox.delivery.redeliver() }),
  },
  { method: 'POST', path: '/switches', handle: setSwitches },
  { method: 'GET', path: '/switches', handle: (sandbox) => json(sandbox.switches) },
  { method: 'POST', path: '/clock', handle: setClock },
  {
    method: 'GET',
    path: '/clock',
    handle: (sandbox) => json({ now: sandbox.clock.iso(), offsetMs: sandbox.clock.offset() }),
  },
];
