import { randomBytes, randomUUID } from 'node:crypto';
import { emitPersonEvent } from '../events/emit';
import type { Sandbox } from '../sandbox';
import { type InternalUser, put, type Workspace } from '../state/records';
import { internalUserView } from '../views/peopleView';

export interface WorkspaceInput {
  readonly id: string;
  readonly name?: string | undefined;
  readonly installed?: boolean | undefined;
}

/** Makes a workspace with one member of staff, or changes the name or installation of one that exists. */
export const saveWorkspace = (sandbox: Sandbox, input: WorkspaceInput): Workspace => {
  const known = sandbox.store.workspace.get(input.id);
  const workspace: Workspace = {
    ...(known ?? newWorkspace(sandbox, input.id)),
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.installed === undefined ? {} : { installed: input.installed }),
  };
  const staff = known === undefined ? [put('internalUser', staffOf(sandbox, workspace))] : [];
  sandbox.store.commit([put('workspace', workspace), ...staff]);
  return workspace;
};

const newWorkspace = (sandbox: Sandbox, id: string): Workspace => ({
  id,
  seq: sandbox.store.nextSeq(),
  name: id,
  ownKey: `workspace-key-${id}`,
  installed: true,
  region: `us-east-1_${randomBytes(7).toString('base64url').replace(/[-_]/g, 'x').slice(0, 9)}`,
  appUserId: randomUUID(),
  staffId: randomUUID(),
  createdAt: sandbox.clock.stamp(),
});

const staffOf = (sandbox: Sandbox, workspace: Workspace): InternalUser => ({
  id: workspace.staffId,
  seq: sandbox.store.nextSeq(),
  workspaceId: workspace.id,
  givenName: 'Staff',
  familyName: 'Member',
  email: 'staff@portal.example',
  role: 'admin',
  createdAt: workspace.createdAt,
  updatedAt: workspace.createdAt,
});

export const addInternalUser = (
  sandbox: Sandbox,
  workspace: Workspace,
  input: Pick<InternalUser, 'givenName' | 'familyName' | 'email' | 'role'>,
): InternalUser => {
  const at = sandbox.clock.stamp();
  const owned = { id: randomUUID(), seq: sandbox.store.nextSeq(), workspaceId: workspace.id };
  const user = { ...input, ...owned, createdAt: at, updatedAt: at };
  sandbox.store.commit([put('internalUser', user)]);
  const view = internalUserView(user, sandbox.switches.nullFields);
  void emitPersonEvent(sandbox, workspace.id, 'internalUser.created', view);
  return user;
};
