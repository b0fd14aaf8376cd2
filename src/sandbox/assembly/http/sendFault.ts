import { once } from 'node:events';
import type { FaultRule } from '../faults';
import type { Call } from './call';
import { empty, errorReply, isStored, type Reply, text } from './reply';
import { sendReply } from './send';

export interface Sent {
  /** 0: the client was told nothing. */
  readonly status: number;
  readonly bytesOut: number;
}

const HTML =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

/** Whether the rule changes the true reply, which then has to be made first. */
export const distorts = (rule: FaultRule): boolean =>
  rule.action === 'slow' || rule.action === 'truncate' || rule.action === 'short';

/** Tells the client something else than what the handler would have. */
export const sendFault = async (call: Call, rule: FaultRule): Promise<Sent> => {
  const { response } = call;
  if (rule.when === 'before' && rule.afterBytes !== undefined) await readUpTo(call, rule.afterBytes);
  if (rule.action === 'hang') {
    if (!response.destroyed) await once(response, 'close');
    return { status: 0, bytesOut: 0 };
  }
  if (rule.action === 'reset') {
    call.request.socket.resetAndDestroy();
    return { status: 0, bytesOut: 0 };
  }
  const reply = falseReply(rule);
  return { status: reply.status, bytesOut: await sendReply(response, reply) };
};

const falseReply = (rule: FaultRule): Reply => {
  const { headers = {} } = rule;
  switch (rule.action) {
    case 'html502':
      return text(502, 'text/html', HTML);
    case 'empty500':
      return empty(500);
    case 'garbage':
      return text(200, 'application/json', rule.body ?? '{"id": "0f3c1a52-8d1e');
    default: {
      const status = rule.status ?? 500;
      if (rule.body === undefined) return errorReply(status, 'injected fault', headers);
      return {
        status,
        headers: { 'content-type': 'application/json', ...headers },
        body: Buffer.from(rule.body),
      };
    }
  }
};

/** Sends the true reply late, cut off, or with too little in it. */
export const sendDistorted = async (call: Call, reply: Reply, rule: FaultRule): Promise<Sent> => {
  const size = isStored(reply.body) ? reply.body.size : reply.body.length;
  const bytes = Math.min(size, rule.afterBytes ?? Math.floor(size / 2));
  const how =
    rule.action === 'slow'
      ? { overMs: rule.delayMs }
      : { bytes, announced: rule.action === 'truncate' ? size : bytes };
  return { status: reply.status, bytesOut: await sendReply(call.response, reply, how) };
};

const readUpTo = async (call: Call, bytes: number): Promise<void> => {
  if (bytes === 0) return;
  // Not left by `break`: that would destroy the request, and with it the chance to answer.
  const iterator = call.body()[Symbol.asyncIterator]();
  while (call.bytesIn() < bytes) {
    const { done } = await iterator.next();
    if (done) return;
  }
};
