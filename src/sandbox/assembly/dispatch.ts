import { admit, authenticate, type ParsedKey, parseKey } from './api/auth';
import { findRoute } from './api/routes';
import type { FaultRule } from './faults';
import type { Call } from './http/call';
import { refusal } from './http/refusal';
import { type Reply, replyForError } from './http/reply';
import { sendReply } from './http/send';
import { distorts, type Sent, sendDistorted, sendFault } from './http/sendFault';
import type { Sandbox } from './sandbox';
import { handleStorage } from './storage';

interface Target {
  readonly route: string;
  readonly kind: 'api' | 'storage';
  readonly workspace: string | null;
  readonly key: ParsedKey;
  readonly run: () => Reply | Promise<Reply>;
}

/** Answers a call to the API or the storage host, with faults, and logs it. Never rejects. */
export const dispatch = async (sandbox: Sandbox, call: Call): Promise<void> => {
  const target = call.pathname.startsWith('/storage/')
    ? storageTarget(sandbox, call)
    : apiTarget(sandbox, call);
  const fault = sandbox.faults.take(target.route, target.workspace);
  const at = sandbox.clock.iso();
  const sent = await answer(call, target, fault);
  sandbox.log.add({
    at,
    method: call.method,
    route: target.route,
    path: call.pathname,
    kind: target.kind,
    status: sent.status,
    workspace: target.workspace,
    keyForm: target.key.form,
    bytesIn: call.bytesIn(),
    bytesOut: sent.bytesOut,
    ...(fault === null ? {} : { fault: `${fault.action} ${fault.when}` }),
  });
};

const answer = async (call: Call, target: Target, fault: FaultRule | null): Promise<Sent> => {
  if (fault !== null && !distorts(fault) && fault.when === 'before') return sendFault(call, fault);
  const reply = await replyOf(target);
  if (call.response.destroyed) return { status: 0, bytesOut: 0 };
  if (fault === null) return { status: reply.status, bytesOut: await sendReply(call.response, reply) };
  return distorts(fault) ? sendDistorted(call, reply, fault) : sendFault(call, fault);
};

const replyOf = async (target: Target): Promise<Reply> => {
  try {
    return await target.run();
  } catch (error) {
    return replyForError(error);
  }
};

const apiTarget = (sandbox: Sandbox, call: Call): Target => {
  const key = keyOf(sandbox, call);
  const found = findRoute(call.method, call.pathname);
  return {
    route: found?.route.name ?? `${call.method} (unknown)`,
    kind: 'api',
    workspace: key.workspaceId,
    key,
    run: () => {
      const workspace = authenticate(sandbox, key);
      admit(sandbox, workspace);
      if (found === null) throw refusal(404, 'no such route');
      return found.route.handle(sandbox, { call, workspace, id: found.id });
    },
  };
};

const storageTarget = (sandbox: Sandbox, call: Call): Target => {
  const fileId = call.pathname.slice('/storage/'.length);
  return {
    route: `storage ${call.method}`,
    kind: 'storage',
    workspace: sandbox.store.file.get(fileId)?.workspaceId ?? null,
    // Presigned URLs need no key; the log shows where one is sent all the same.
    key: keyOf(sandbox, call),
    run: () => handleStorage(sandbox, call, fileId),
  };
};

const keyOf = (sandbox: Sandbox, call: Call): ParsedKey => {
  const header = call.request.headers['x-api-key'];
  return parseKey(sandbox, Array.isArray(header) ? header[0] : header);
};
