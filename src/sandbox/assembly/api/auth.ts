import type { KeyForm } from '../callLog';
import { refusal } from '../http/refusal';
import type { Sandbox } from '../sandbox';
import type { Workspace } from '../state/records';

export interface ParsedKey {
  readonly form: KeyForm;
  /** As the key names it; it need not exist. */
  readonly workspaceId: string | null;
  readonly tokenId: string | null;
}

/**
 * `<workspaceId>/<appKey>`, `<workspaceId>/<appKey>/<tokenId>`, or a workspace's own key. The app key alone names no
 * workspace and is as unknown as any other text.
 */
export const parseKey = (sandbox: Sandbox, header: string | undefined): ParsedKey => {
  if (header === undefined || header === '') return { form: 'none', workspaceId: null, tokenId: null };
  for (const workspace of sandbox.store.workspace.values()) {
    if (workspace.ownKey === header) return { form: 'workspace', workspaceId: workspace.id, tokenId: null };
  }
  const at = header.lastIndexOf(`/${sandbox.apiKey}`);
  const rest = at > 0 ? header.slice(at + 1 + sandbox.apiKey.length) : null;
  const workspaceId = header.slice(0, Math.max(at, 0));
  if (rest === '') return { form: 'app', workspaceId, tokenId: null };
  if (rest?.startsWith('/') && rest.length > 1) {
    return { form: 'session', workspaceId, tokenId: rest.slice(1) };
  }
  return { form: 'unknown', workspaceId: null, tokenId: null };
};

/** The workspace that a call acts in. Refuses with 401 or 403. */
export const authenticate = (sandbox: Sandbox, key: ParsedKey): Workspace => {
  if (key.workspaceId === null) throw refusal(401, 'invalid API key');
  const workspace = sandbox.store.workspace.get(key.workspaceId);
  if (workspace === undefined || !workspace.installed) {
    throw refusal(sandbox.switches.unknownWorkspaceStatus, 'no access to this workspace');
  }
  const lifetime = sandbox.switches.sessionLifetimeSeconds;
  if (key.tokenId !== null && sandbox.sessions.isExpired(key.tokenId, lifetime)) {
    throw refusal(403, 'the session has expired');
  }
  return workspace;
};

/** Counts the call against the second and the month. Refuses with 429 (or what a spent quota answers). */
export const admit = (sandbox: Sandbox, workspace: Workspace): void => {
  const { switches } = sandbox;
  if (!sandbox.limiter.admit(switches.rateScope === 'app' ? '' : workspace.id)) {
    throw refusal(429, 'rate limit exceeded', switches.retryAfterHeader ? { 'retry-after': '1' } : {});
  }
  if (!sandbox.quota.spend(workspace.id, switches.monthlyQuota)) {
    throw refusal(switches.quotaStatus, 'monthly quota exceeded');
  }
};
