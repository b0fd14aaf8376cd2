import { randomUUID } from 'node:crypto';
import { refusal } from '../http/refusal';
import type { Sandbox } from '../sandbox';
import { type Channel, drop, put, type Workspace } from '../state/records';
import { records } from './find';
import { removeObjects } from './remove';

export interface ChannelInput {
  readonly membershipType: Channel['membershipType'];
  readonly clientId?: string | undefined;
  readonly companyId?: string | undefined;
  readonly memberIds?: readonly string[] | undefined;
}

type Membership = Pick<Channel, 'clientId' | 'companyId' | 'memberIds'>;

/** Refuses with 400 what the membership type needs and does not get, and a second channel for the same member. */
export const addChannel = (sandbox: Sandbox, workspace: Workspace, input: ChannelInput): Channel => {
  const membership = membershipOf(sandbox, workspace, input);
  const { membershipType } = input;
  const twin = [...sandbox.store.channel.values()].some(
    (other) =>
      membershipType !== 'group' &&
      other.workspaceId === workspace.id &&
      other.membershipType === membershipType &&
      other.clientId === membership.clientId &&
      other.companyId === membership.companyId,
  );
  if (twin) throw refusal(400, 'Channel already exists');
  const at = sandbox.clock.stamp();
  const channel: Channel = {
    id: `${workspace.region}/${randomUUID()}`,
    seq: sandbox.store.nextSeq(),
    workspaceId: workspace.id,
    membershipType,
    ...membership,
    rootPermissions: 'read_write',
    createdAt: at,
    updatedAt: at,
  };
  sandbox.store.commit([put('channel', channel)]);
  return channel;
};

const membershipOf = (sandbox: Sandbox, workspace: Workspace, input: ChannelInput): Membership => {
  switch (input.membershipType) {
    case 'individual':
      return individual(sandbox, workspace, input);
    case 'company': {
      const company = sandbox.store.company.get(input.companyId ?? '');
      if (company?.workspaceId !== workspace.id) throw refusal(400, 'companyId: no such company');
      const members = [...sandbox.store.client.values()].filter((one) => one.companyIds.includes(company.id));
      return { clientId: null, companyId: company.id, memberIds: members.map((one) => one.id) };
    }
    case 'group':
      return { clientId: null, companyId: input.companyId ?? null, memberIds: [...(input.memberIds ?? [])] };
  }
};

const individual = (sandbox: Sandbox, workspace: Workspace, input: ChannelInput): Membership => {
  const client = sandbox.store.client.get(input.clientId ?? '');
  if (client?.workspaceId !== workspace.id) throw refusal(400, 'clientId: no such client');
  if (input.companyId === undefined && client.companyIds.length > 1) {
    throw refusal(400, 'companyId: needed, the client has several companies');
  }
  const companyId = input.companyId ?? client.companyIds[0] ?? null;
  if (companyId !== null && !client.companyIds.includes(companyId)) {
    throw refusal(400, 'companyId: the client is not of this company');
  }
  return { clientId: client.id, companyId, memberIds: [client.id] };
};

/** With all that is in it. There is no channel event, and none for its files. */
export const removeChannel = (sandbox: Sandbox, channel: Channel): void => {
  const files = records(sandbox, [...idsIn(sandbox, channel)]);
  removeObjects(sandbox, files, [drop('channel', channel.id)]);
};

const idsIn = (sandbox: Sandbox, channel: Channel): string[] =>
  sandbox.store
    .index(channel.id)
    .page({ prefixes: [''], after: null, limit: Number.POSITIVE_INFINITY, reverse: false }).ids;
