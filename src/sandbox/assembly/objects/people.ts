import { randomUUID } from 'node:crypto';
import { emitPersonEvent } from '../events/emit';
import { refusal } from '../http/refusal';
import type { Sandbox } from '../sandbox';
import { type Client, type Company, drop, put, type Workspace } from '../state/records';
import { clientView, companyView } from '../views/peopleView';
import { addChannel, removeChannel } from './channels';

export const addCompany = (
  sandbox: Sandbox,
  workspace: Workspace,
  name: string,
  isPlaceholder = false,
): Company => {
  const company: Company = {
    id: randomUUID(),
    seq: sandbox.store.nextSeq(),
    workspaceId: workspace.id,
    createdAt: sandbox.clock.stamp(),
    name: isPlaceholder ? '' : name,
    isPlaceholder,
  };
  sandbox.store.commit([put('company', company)]);
  const view = companyView(company, sandbox.switches.nullFields);
  if (!isPlaceholder) void emitPersonEvent(sandbox, workspace.id, 'company.created', view);
  return company;
};

export interface ClientInput {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  /** None: a placeholder company is made, for every client has one. */
  readonly companyIds: readonly string[];
  readonly status: Client['status'];
}

export const addClient = (sandbox: Sandbox, workspace: Workspace, input: ClientInput): Client => {
  for (const id of input.companyIds) {
    if (sandbox.store.company.get(id)?.workspaceId !== workspace.id) {
      throw refusal(400, `companyIds: no such company: ${id}`);
    }
  }
  const companyIds =
    input.companyIds.length > 0 ? [...input.companyIds] : [addCompany(sandbox, workspace, '', true).id];
  const at = sandbox.clock.stamp();
  const owned = { id: randomUUID(), seq: sandbox.store.nextSeq(), workspaceId: workspace.id };
  const client: Client = { ...input, ...owned, companyIds, createdAt: at, updatedAt: at };
  sandbox.store.commit([put('client', client)]);
  const view = clientView(client, sandbox.switches.nullFields);
  void emitPersonEvent(sandbox, workspace.id, 'client.created', view);
  makeDefaultChannel(sandbox, workspace, client, input.companyIds.length > 0);
  return client;
};

const makeDefaultChannel = (
  sandbox: Sandbox,
  workspace: Workspace,
  client: Client,
  hasCompany: boolean,
): void => {
  const { autoChannels } = sandbox.switches;
  if (autoChannels === 'none') return;
  if (autoChannels === 'individual' || !hasCompany) {
    const [companyId] = client.companyIds;
    addChannel(sandbox, workspace, { membershipType: 'individual', clientId: client.id, companyId });
    return;
  }
  for (const companyId of client.companyIds) joinCompanyChannel(sandbox, workspace, client, companyId);
};

const joinCompanyChannel = (
  sandbox: Sandbox,
  workspace: Workspace,
  client: Client,
  companyId: string,
): void => {
  const channel = [...sandbox.store.channel.values()].find(
    (one) => one.membershipType === 'company' && one.companyId === companyId,
  );
  if (channel === undefined) addChannel(sandbox, workspace, { membershipType: 'company', companyId });
  else sandbox.store.commit([put('channel', { ...channel, memberIds: [...channel.memberIds, client.id] })]);
};

/** With the client's individual channels. */
export const removeClient = (sandbox: Sandbox, client: Client): void => {
  for (const channel of [...sandbox.store.channel.values()]) {
    if (channel.clientId === client.id) removeChannel(sandbox, channel);
  }
  sandbox.store.commit([drop('client', client.id)]);
  const view = clientView(client, sandbox.switches.nullFields);
  void emitPersonEvent(sandbox, client.workspaceId, 'client.deleted', view);
};

/** With its company channel; its clients move to placeholder companies of their own. */
export const removeCompany = (sandbox: Sandbox, workspace: Workspace, company: Company): void => {
  for (const channel of [...sandbox.store.channel.values()]) {
    if (channel.companyId === company.id && channel.membershipType === 'company')
      removeChannel(sandbox, channel);
  }
  for (const client of [...sandbox.store.client.values()]) {
    if (client.companyIds.includes(company.id)) leaveCompany(sandbox, workspace, client, company.id);
  }
  sandbox.store.commit([drop('company', company.id)]);
  const view = companyView(company, sandbox.switches.nullFields);
  void emitPersonEvent(sandbox, company.workspaceId, 'company.deleted', view);
};

/** An individual channel belongs to client and company: it follows its client to the placeholder. */
const leaveCompany = (sandbox: Sandbox, workspace: Workspace, client: Client, companyId: string): void => {
  const others = client.companyIds.filter((id) => id !== companyId);
  const companyIds = others.length > 0 ? others : [addCompany(sandbox, workspace, '', true).id];
  const own = [...sandbox.store.channel.values()].filter(
    (channel) => channel.clientId === client.id && channel.companyId === companyId,
  );
  const moved = { ...client, companyIds, updatedAt: sandbox.clock.stamp() };
  sandbox.store.commit([
    put('client', moved),
    ...own.map((channel) => put('channel', { ...channel, companyId: companyIds[0] ?? null })),
  ]);
  const view = clientView(moved, sandbox.switches.nullFields);
  void emitPersonEvent(sandbox, workspace.id, 'client.updated', view);
};
